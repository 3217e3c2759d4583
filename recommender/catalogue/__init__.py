"""The operator's tracks: read, validated, merged, stored, found again."""
