"""Fictional artists, titles and album names, in several languages and scripts."""

from __future__ import annotations

from dataclasses import dataclass

from standin.music.dice import Dice


@dataclass(frozen=True, slots=True)
class Artist:
    """A fictional artist.

    Parameters
    ----------
    name
        As printed.
    genre
        What they play.
    language
        Language of the titles.
    second_genre
        Another genre that part of their album is in, or empty.
    """

    name: str
    genre: str
    language: str = "en"
    second_genre: str = ""


ARTISTS = (
    Artist("Marigold Avenue", "pop", second_genre="synthwave"),
    Artist("Nell Hartigan", "pop"),
    Artist("Los Faroles del Sur", "pop", "es"),
    Artist("橘ミカ", "pop", "ja"),
    Artist("The Copper Antlers", "rock"),
    Artist("Static Orchard", "rock"),
    Artist("Гранитный Берег", "rock", "ru"),
    Artist("Ruby Falkner & the Strays", "rock", second_genre="country"),
    Artist("Ashen Viaduct", "metal"),
    Artist("Järnskogen", "metal", "de"),
    Artist("Throne of Nettles", "metal"),
    Artist("Obsidian Choirmaster", "metal", second_genre="rock"),
    Artist("Kid Halogen", "hip-hop", second_genre="lo-fi"),
    Artist("Dela Crosswind", "hip-hop"),
    Artist("Brickwork Society", "hip-hop"),
    Artist("Niña Relámpago", "hip-hop", "es"),
    Artist("Imani Solace", "r&b"),
    Artist("Theo Vancourt", "r&b"),
    Artist("Silk Meridian", "r&b", second_genre="funk"),
    Artist("Jonelle Averyson", "r&b"),
    Artist("The Brass Pockets", "funk"),
    Artist("Sugarfoot Assembly", "funk", second_genre="r&b"),
    Artist("Disco Tortoise", "funk"),
    Artist("Lady Marmot", "funk"),
    Artist("Kiosk 24", "house"),
    Artist("Amara Velo", "house", second_genre="pop"),
    Artist("Sous-Sol Palace", "house", "fr"),
    Artist("Palm Resolver", "house"),
    Artist("Kraftzentrale 9", "techno", "de"),
    Artist("Null Operator", "techno"),
    Artist("Vanta Grid", "techno"),
    Artist("Линия 7", "techno", "ru"),
    Artist("Subframe Theory", "drum and bass"),
    Artist("Kestrel Unit", "drum and bass"),
    Artist("Motorway Ghosts", "drum and bass"),
    Artist("Ferrofluid", "drum and bass", second_genre="techno"),
    Artist("Neon Cartographer", "synthwave"),
    Artist("夜行バス", "synthwave", "ja"),
    Artist("Chrome Peninsula", "synthwave"),
    Artist("Laser Estate", "synthwave"),
    Artist("Slow Harbour", "ambient"),
    Artist("Eirlys Fenn", "ambient", second_genre="classical"),
    Artist("静かな湖", "ambient", "ja"),
    Artist("Moss & Satellite", "ambient"),
    Artist("Delacroix Street Quintet", "jazz"),
    Artist("Oskar Lindgrave Trio", "jazz"),
    Artist("Wilhelmina Day", "jazz"),
    Artist("Ensemble Minuit Bleu", "jazz", "fr"),
    Artist("Aurelio Bastianini", "classical", "it"),
    Artist("Henrietta Vosswald", "classical", "de"),
    Artist("Quatuor Sylvane", "classical", "fr"),
    Artist("Нина Берестова", "classical", "ru"),
    Artist("Tamsin Hollowell", "folk"),
    Artist("The Rowan Ferrymen", "folk", second_genre="country"),
    Artist("Fiadh & the Lanterns", "folk"),
    Artist("Harrow Lane Singers", "folk"),
    Artist("Dusty Callowhill", "country"),
    Artist("The Tumbleweed Union", "country"),
    Artist("June Ellery Boone", "country"),
    Artist("Pickett Creek Ramblers", "country", second_genre="folk"),
    Artist("Ras Tamarind", "reggae"),
    Artist("Lion Harbour Sound", "reggae"),
    Artist("Dub Almanac", "reggae"),
    Artist("Sister Calabash", "reggae"),
    Artist("Orquesta Luna Baja", "latin", "es"),
    Artist("Joana Mirassol", "latin", "pt"),
    Artist("Trío Candelaria Nueva", "latin", "es"),
    Artist("Beto Laranjeira", "latin", "pt", second_genre="jazz"),
    Artist("rainy desk", "lo-fi"),
    Artist("Tofu Library", "lo-fi"),
    Artist("雨音カフェ", "lo-fi", "ja"),
    Artist("half-asleep astronaut", "lo-fi"),
)
"""Four artists for each genre."""

# Adjectives, nouns and places that give each genre's English titles their own air.
_WORDS: dict[str, tuple[str, str, str]] = {
    "pop": (
        "Golden Electric Paper Sugar Midnight Wild Sunday Glass Lucky Neon",
        "Hearts Summer Mirror Balloon Satellite Confetti Telephone Rooftop Lemonade Polaroid",
        "Brighton|the Boulevard|Avenue Nine|the Sunshine Hotel|Tomorrow",
    ),
    "rock": (
        "Broken Rusted Loud Northern Restless Crooked Burning Second-Hand Cold Reckless",
        "Engine Highway Radio River Static Wolves Avalanche Matches Boots Skyline",
        "Coalport|the Canal|Exit 19|Old Mill Road|the Edge of Town",
    ),
    "metal": (
        "Iron Pale Sunken Black Thorned Hollow Scorched Endless Bleeding Frozen",
        "Citadel Serpent Requiem Throne Furnace Pilgrim Omen Catacomb Hammer Eclipse",
        "the Abyss|the Ninth Gate|a Dead Sun|Ironholt|Winter",
    ),
    "hip-hop": (
        "Corner Heavy Cold Platinum Concrete Late Double Loose Hungry Paid",
        "Change Blueprint Pavement Ledger Bodega Antenna Chess Elevator Sneakers Alibi",
        "Block 44|the Stoop|the Night Bus|Southside|the Barbershop",
    ),
    "r&b": (
        "Velvet Slow Honey Tender Midnight Sweet Silver Lonely Warm Quiet",
        "Perfume Promise Skin Letter Window Candle Silk Gravity Pillow Answer",
        "Room 212|Your Side|the Morning|the Backseat|Sunday",
    ),
    "funk": (
        "Greasy Sugar Mighty Funky Double Royal Stretchy Bouncing Spicy Uptown",
        "Biscuit Shoes Strut Gravy Elevator Handshake Pocket Marmalade Boogie Turnstile",
        "the Laundromat|Third Street|the Good Foot|the Roller Rink|Saturday",
    ),
    "house": (
        "Deep Sunset Liquid Open Warm Endless Solar Higher White After",
        "Motion Terrace Feeling Signal Ritual Body Lights Garden Balcony Pulse",
        "the Basement|Pier 8|the Terrace|Tuesday Night|the Second Floor",
    ),
    "techno": (
        "Hard Null Linear Parallel Steel Remote Static Binary Dark Phase",
        "Voltage Corridor Vector Turbine Relay Current Circuit Shift Tunnel Drift",
        "Hall 3|Sector B|the Bunker|the Power Station|Zero",
    ),
    "drum and bass": (
        "Rolling Broken Terminal Deep Rapid Shadow Liquid Hidden Amber Steel",
        "Pressure Flyover Canopy Tempest Rinse Horizon Circuit Falcon Undertow Roller",
        "Junction 12|the Underpass|the Estuary|Dock Road|the Deep",
    ),
    "synthwave": (
        "Chrome Neon Turbo Midnight Pixel Laser Magenta Digital Retro Violet",
        "Sunset Highway Arcade Horizon Skyline Coupé Outrun Cassette Grid Holiday",
        "1986|Sector Nine|Ocean Drive West|the Mall|Night City Line",
    ),
    "ambient": (
        "Still Distant Pale Slow Weightless Northern Drifting Soft Blue First",
        "Tide Lichen Orbit Meadow Snowfall Estuary Lantern Dust Breath Glacier",
        "the Observatory|the Fen|a Far Shore|Sleep|the Long Night",
    ),
    "jazz": (
        "Blue Crooked Late Lazy Velvet Smoky Little Sideways Walking Uptown",
        "Waltz Umbrella Saxophone Street Autumn Cigar Postcard Blues Stranger Alley",
        "Delacroix Street|Basin Hill|Two A.M.|the Ferry|Wilhelmina's",
    ),
    "folk": (
        "Old Wandering Winter Green Silver Gentle Lonesome Hollow Early Salt",
        "Orchard Ferryman Heather Sparrow Lantern Harvest Thistle River Hearth Swallow",
        "Rowan Hill|the Lea|Ardnagreen|the Harbour|Home",
    ),
    "country": (
        "Dusty Lonesome Faded Old Gravel Whiskey Wide Broken Honest Southern",
        "Saddle Porch Pickup Creek Jukebox Wagon Prairie Fiddle Denim Mailbox",
        "Pickett Creek|Amarillo Line|the County Fair|Route 9|Mama's Kitchen",
    ),
    "reggae": (
        "Natural Roots Island Mighty Humble Golden Easy Sweet Irie Steady",
        "Lion Harbour Sunrise River Mango Fire Rocker Shelter Anchor Version",
        "Tamarind Yard|the Harbour|Zion Hill|the Seaside|Morning Time",
    ),
    "lo-fi": (
        "sleepy rainy warm dusty slow tiny late foggy paper quiet",
        "window notebook kettle tram pillow cat sweater lamp cassette tea",
        "4 a.m.|the library|platform 2|my room|november",
    ),
}

_FOREIGN: dict[str, tuple[str, ...]] = {
    "es": (
        "Calle de la Luna", "Mañana sin ti", "El último tren", "Corazón de papel",
        "Bajo la lluvia", "Fuego lento", "La casa vacía", "Sombras en el agua",
        "Otra vez verano", "Canción del puerto", "No me esperes", "Luz de esquina",
        "Aunque no vuelvas", "Dos relojes", "Pan y guitarra", "La ciudad dormida",
        "Ojalá domingo", "Piedra y sal", "Vuelve el viento", "Noche en Almería",
        "¿Quién eres tú?", "Barrio alto", "Son del abuelo", "Cuatro paredes", "Miel amarga",
        "Azúcar y sol",
    ),
    "fr": (
        "Rue des Acacias", "Minuit moins le quart", "L'été d'après", "Les vitres sales",
        "Sans bagages", "À contre-jour", "Le dernier métro", "Fumée bleue", "Café froid",
        "Où dort la mer", "Valse pour Élise-Anne", "Pluie d'octobre", "Tout recommence",
        "La nuit trouée", "Façade", "Nocturne pour deux", "Chambre 14", "Ça ira mieux",
        "Petite suite en gris", "Éclaircie", "Le jardin d'hiver", "Sous le pont neuf",
    ),
    "ja": (
        "夜明けの電車", "雨のち晴れ", "青い自転車", "星をかぞえて",
        "さよなら交差点", "午前二時の窓", "夏の忘れもの", "猫とコーヒー",
        "遠い灯り", "月のかけら", "海辺のネオン", "雪の手紙", "まどろみ",
        "未来ハイウェイ", "ガラスの街", "小さな図書館", "帰り道", "霧の湖",
        "ラジオの向こう", "風の音", "木漏れ日", "最終バス",
    ),
    "ru": (
        "Белые ночи", "Последний трамвай", "Северный ветер", "Пустой перрон", "Стекло и дым",
        "Осенний вальс", "Тихая вода", "Огни за рекой", "Дом у моря", "Бессонница",
        "Цепная реакция", "Красный сигнал", "Метель", "Элегия", "Ноктюрн", "Поезд на восток",
        "Ток", "Тень моста",
    ),
    "de": (
        "Schwarzer Schnee", "Stromausfall", "Nachtschicht", "Gleis Elf", "Eisenwald",
        "Letzte Wacht", "Maschinenraum", "Kalter Rauch", "Herbststück", "Lied ohne Eile",
        "Fünf Minuten vor Zwölf", "Unter Beton", "Albumblatt", "Wolfsstunde", "Grenzfrequenz",
        "Walzer im Regen", "Sturmglocken",
    ),
    "it": (
        "Notturno sul lago", "Preludio d'autunno", "Valzer delle ombre", "Canzone senza nome",
        "Ricordo di Perugia", "Passeggiata", "Il giardino chiuso", "Sera di maggio",
    ),
    "pt": (
        "Saudade à beira-mar", "Manhã de Itapoã Velha", "Samba do vizinho", "Um barco só",
        "Coração distraído", "Chuva de verão", "Canto da varanda", "Lua emprestada",
        "Devagarinho", "Três Marés", "Canção do cais", "Avenida do Sol",
    ),
}  # fmt: skip

_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


def titles_for(artist: Artist, count: int, dice: Dice) -> tuple[str, ...]:
    """Return `count` different track titles in an artist's language and manner."""
    if artist.language != "en":
        return tuple(_foreign_share(artist)[:count])
    chosen: list[str] = []
    while len(chosen) < count:
        title = _english(artist.genre, dice)
        if title not in chosen and not _echoes(title, chosen):
            chosen.append(title)
    return tuple(chosen)


def _foreign_share(artist: Artist) -> list[str]:
    """Deal a language's titles among its artists, so that no title is used twice."""
    speakers = [other for other in ARTISTS if other.language == artist.language]
    deck = Dice("titles", artist.language).shuffled(_FOREIGN[artist.language])
    return deck[speakers.index(artist) :: len(speakers)]


def _english(genre: str, dice: Dice) -> str:
    adjectives, nouns, places = _WORDS[genre]
    adjective, noun = dice.pick(adjectives.split()), dice.pick(nouns.split())
    place = dice.pick(places.split("|"))
    first, second = dice.shuffled(["now", "again", "home", "slowly", "tonight", "alone"])[:2]
    patterns: list[tuple[str, float]] = [
        (f"{adjective} {noun}", 5),
        (noun, 2),
        (f"{noun} at {place}" if not place[0].isdigit() else f"{noun} {place}", 1.5),
        (f"The {adjective} {noun}", 1),
        (f"Back to {place}", 0.5),
        (f"{adjective}, {adjective} {noun}", 0.4),
        (f"{noun} ({first.title()} and {second.title()})", 0.5),
        (f"No More {noun}", 0.6),
        (f"Leaving {place}", 0.5),
    ]
    if genre in ("techno", "drum and bass", "house"):
        patterns += [(f"{noun} {dice.whole(2, 99):02d}", 3), (f"{adjective} {noun} VIP", 0.8)]
    if genre in ("ambient",):
        patterns.append((f"{noun} {dice.pick(_NUMERALS)}", 3))
    title = dice.weighted(patterns)
    return title.lower() if genre == "lo-fi" else title


def _echoes(title: str, chosen: list[str]) -> bool:
    words = {word for word in title.lower().split() if len(word) > 4}
    return any(words & set(other.lower().split()) for other in chosen)


def album_for(artist: Artist, titles: tuple[str, ...], dice: Dice) -> str:
    """Return the name of an artist's album."""
    if artist.language != "en":
        return titles[dice.below(len(titles))]
    adjectives, nouns, places = _WORDS[artist.genre]
    first, second = dice.shuffled(nouns.split())[:2]
    place = dice.pick(places.split("|"))
    name = dice.weighted(
        [
            (titles[dice.below(len(titles))], 5.0),
            (f"{first} & {second}", 2.0),
            (f"{dice.pick(('Letters', 'Songs', 'Postcards', 'Nights'))} from {place}", 1.2),
            (f"{dice.pick(adjectives.split())} {first} Season", 1.0),
            (f"{first}, {second} and Other Stories", 0.8),
            (artist.name, 1.0),
        ]
    )
    return name.lower() if artist.genre == "lo-fi" else name


_CLASSICAL_FORMS = {
    "it": ("Preludio", "Notturno", "Intermezzo", "Romanza", "Sonatina", "Variazioni"),
    "de": ("Albumblatt", "Fantasie", "Impromptu", "Lied ohne Worte", "Intermezzo", "Variationen"),
    "fr": ("Prélude", "Nocturne", "Romance", "Impromptu", "Élégie", "Variations"),
    "ru": ("Прелюдия", "Ноктюрн", "Романс", "Элегия", "Экспромт", "Вариации"),
}
_ENGLISH_KEYS = (
    "C", "C-sharp", "D", "E-flat", "E", "F", "F-sharp", "G", "A-flat", "A", "B-flat", "B",
)  # fmt: skip
_KEY_NAMES: dict[str, tuple[tuple[str, ...], str, str, str]] = {
    "it": (
        ("Do", "Do#", "Re", "Mib", "Mi", "Fa",
         "Fa#", "Sol", "Lab", "La", "Sib", "Si"),
        " maggiore", " minore", "in",
    ),
    "de": (
        ("C", "Cis", "D", "Es", "E", "F",
         "Fis", "G", "As", "A", "B", "H"),
        "-Dur", "-Moll", "in",
    ),
    "fr": (
        ("do", "do dièse", "ré", "mi bémol", "mi", "fa",
         "fa dièse", "sol", "la bémol", "la", "si bémol", "si"),
        " majeur", " mineur", "en",
    ),
    "ru": (
        ("до", "до-диез", "ре", "ми-бемоль", "ми", "фа",
         "фа-диез", "соль", "ля-бемоль", "ля", "си-бемоль", "си"),
        " мажор", " минор", "—",
    ),
}  # fmt: skip


def classical_title(language: str, subtitle: str, number: int, tonic: int, minor: bool) -> str:
    """Return a title that names form and key, as concert programmes do.

    Parameters
    ----------
    language
        ``it``, ``de``, ``fr`` or ``ru``; anything else is written in English.
    subtitle
        A poetic by-name, printed in quotation marks.
    number
        Place on the album, from 0.
    tonic, minor
        The key the track is really in.
    """
    if language not in _KEY_NAMES:
        return f"{subtitle}, in {_ENGLISH_KEYS[tonic]} {'minor' if minor else 'major'}"
    names, major_word, minor_word, preposition = _KEY_NAMES[language]
    forms = _CLASSICAL_FORMS[language]
    key = names[tonic] + (minor_word if minor else major_word)
    return f"{forms[number % len(forms)]} n. {number + 1} {preposition} {key}, «{subtitle}»"
