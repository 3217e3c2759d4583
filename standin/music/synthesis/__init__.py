"""Instruments: one note or one stroke in, samples out. All float32 at 44.1 kHz."""
