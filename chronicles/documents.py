"""Long English chronicles with facts scattered through them, and questions about the facts.

A chronicle is a run of sentences. Most of them are narrative; some state a fact of one of five
kinds:

    where      The silver key, so the clerk writes, was kept at Upper Marling.
    who        It was Alda Brook who made the oak chest.
    when       The bridge at Wick was finished in the spring of 1312.
    colour     Alda Brook came to the feast in a dark green cloak.
    how many   In those years Alda Brook kept forty two goats.

A fact belongs to a key of two words that vary independently (silver + key, Alda + Brook, bridge +
Wick). Other facts and the narrative share each of the two words, so that only both together find
the answer, and the same key can carry a fact of another kind, so that the question word matters
too.

A chronicle comes with questions that it does not answer, too: for a key of which it has the words
but no such fact, for words that it does not have, for another kind of fact, or for what no
chronicle tells. And a question can be spelled in lower case, in upper case or with a letter
doubled, and words of both can be replaced by made-up ones.

Two splits never meet. Of every table of pairs, one pair in eight is held out, and so is one
combination in four of a statement's wording with a question's wording. "train" uses none of
these; "heldout" asks only about facts whose key, answer (where it is a pair) and combination of
wordings are all held out. So is one combination in four of a wording and a word for what no
chronicle tells.

Everything is a function of the seed. Only the standard library is used.
"""

import argparse
import random
import re
from dataclasses import dataclass, field

# --------------------------------------------------------------------------------------------------
# Words. Pairs are formed from two tables; the position in the table decides which pairs are held
# out.

FIRST_NAMES = """
    Alda Berta Cedric Dunstan Edwin Frida Gerald Hilda Ivo Joan Kenric Lettice Martin Nesta
    Osbert Petra Quentin Rowena Simon Tilda Ulric Vera Walter Ysolt Agnes Baldwin Clemence
    Denis Emma Fulk Gwen Hugh
""".split()
FAMILY_NAMES = """
    Brook Carver Dyer Fletcher Gale Hayward Ingle Joyner Kemp Lander Mercer Nash Oakley
    Parrish Reeve Sawyer Thorn Underhill Vance Weaver Yarrow Archer Bell Chandler Draper
    Falconer Glover Hooper
""".split()
PLACE_PREFIXES = "Upper Lower Great Little Old New North South East West".split()
PLACE_NAMES = """
    Marling Wick Ashford Denby Elmstead Farrow Grimley Hartwell Ilford Kelby Langdale Milton
    Norbury Orford Pelham Ripley Selby Thornton Walden Yardley Barton Corfe Dunmore Hexley
""".split()
SUBSTANCES = """
    silver iron oak copper amber walnut bronze ivory marble leather golden elm glass pewter
    ebony cedar slate brass crystal horn willow jade tin granite
""".split()
OBJECTS = """
    key chest bell ring cup lantern horn crown mirror sword drum lamp plate harp casket
    buckle flute comb candlestick seal shield goblet clasp dial
""".split()
STRUCTURES = """
    bridge mill chapel tower barn gate well wall granary stable forge school market hospital
    tannery bakehouse
""".split()
GARMENTS = "cloak hat coat scarf tunic gown hood shawl belt sash mantle cap".split()
SHADES = "dark pale bright deep dull light".split()
COLOURS = "red green blue yellow brown grey purple white black orange crimson pink".split()
ANIMALS = "goats sheep cows pigs horses geese hens oxen ducks mules bees hounds".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
UNITS = "one two three four five six seven eight nine".split()
SEASONS = "spring summer autumn winter".split()
YEARS = [str(year) for year in range(1300, 1350)]

# --------------------------------------------------------------------------------------------------
# Wordings. {k} is the key as the sentence needs it, {a} the answer. For keys of two roles {p} is
# the person, {n} the noun, {s} the structure and {t} its place.

STATEMENTS = {
    "where": [
        "the {k} was kept at {a}",
        "the {k} lay in a locked room at {a}",
        "they hid the {k} at {a}",
        "the monks carried the {k} to {a}",
        "the {k} found its way to {a}",
        "the {k} hung above the altar at {a}",
        "at {a} the people still guarded the {k}",
        "whoever wished to see the {k} had to travel to {a}",
        "the {k} could be seen at {a}",
        "the {k} rested under the floor of the hall at {a}",
        "a widow of {a} had the {k} in her keeping",
        "the road to {a} was full of those who came to look at the {k}",
        "the {k} was brought to {a}",
        "{a} was the place where the {k} was shown",
        "the {k} never left {a}",
        "the {k} stood unnoticed in a corner at {a}",
    ],
    "who": [
        "the {k} was made by {a}",
        "it was {a} who made the {k}",
        "{a} made the {k} with patient hands",
        "the {k} was the work of {a}",
        "{a} spent a whole year on the {k}",
        "the {k} came from the workshop of {a}",
        "nobody but {a} could have made the {k}",
        "{a} put the last touch to the {k}",
        "the {k} bore the mark of its maker {a}",
        "for the {k} the guild paid {a}",
        "the {k} was crafted by {a}",
        "{a} was the maker of the {k}",
        "the hand of {a} had shaped the {k}",
        "{a} created the {k} for a wager",
        "the {k}, which {a} made, was much praised",
        "{a} finished the {k} after many attempts",
    ],
    "when": [
        "the {s} at {t} was finished in the {a}",
        "the people of {t} built their {s} in the {a}",
        "in the {a} the masons completed the {s} at {t}",
        "the {s} at {t} opened its doors in the {a}",
        "the {a} saw the first stone of the {s} laid at {t}",
        "{t} had no {s} before the {a}",
        "the {s} of {t} goes back to the {a}",
        "it was the {a} that gave {t} its {s}",
        "{t} raised a {s} in the {a}",
        "the bishop blessed the {s} at {t} in the {a}",
        "the {s} at {t} was built in the {a}",
        "{t} got its {s} in the {a}",
        "the {s} at {t} dates from the {a}",
        "work on the {s} at {t} ended in the {a}",
        "since the {a} there has been a {s} at {t}",
        "the {s} at {t} was put up in the {a}",
    ],
    "colour": [
        "{p} wore a {a} {n}",
        "the {n} of {p} was {a}",
        "{p} came to the feast in a {a} {n}",
        "people knew {p} from afar by a {a} {n}",
        "{p} bought a {n} of {a} cloth",
        "the dyer had made the {n} of {p} {a}",
        "a {a} {n} was all that {p} ever wore",
        "{p} would not part with a certain {n} of {a} wool",
        "{p}'s {n} was {a}",
        "somebody painted {p} in a {a} {n}",
        "the wind caught the {a} {n} of {p}",
        "{p} had a {a} {n}",
        "{p} owned a {n} that was {a}",
        "the {n} that {p} wore was {a}",
        "{p} was seen in a {a} {n}",
        "one could tell {p} by a {n} of {a} linen",
    ],
    "how many": [
        "{p} kept {a} {n}",
        "{p} owned {a} {n}",
        "the {n} of {p} were counted and there were {a}",
        "as many as {a} {n} belonged to {p}",
        "{p} drove {a} {n} to the fair",
        "{p} brought {a} {n} through the cold months",
        "there were {a} {n} on the land of {p}",
        "the tax roll gives {p} {a} {n}",
        "when {p} counted the {n} there were {a} of them",
        "{p} had inherited {a} {n}",
        "{p} had {a} {n}",
        "{p} was the owner of {a} {n}",
        "the farm of {p} fed {a} {n}",
        "{a} {n} stood in the stables of {p}",
        "{p} paid the tithe for {a} {n}",
        "{p} looked after {a} {n}",
    ],
}
QUESTIONS = {
    "where": [
        "Where is the {k}?",
        "Where was the {k} kept?",
        "In which place is the {k}?",
        "At which place could one find the {k}?",
        "Where does the chronicle place the {k}?",
        "Where would I have to go to see the {k}?",
        "Where can I find the {k}?",
        "Where did they keep the {k}?",
        "At what place was the {k} to be found?",
        "What is the place of the {k}?",
    ],
    "who": [
        "Who made the {k}?",
        "Who was the maker of the {k}?",
        "By whom was the {k} made?",
        "Whose work was the {k}?",
        "Which person made the {k}?",
        "Who is said to have made the {k}?",
        "Who crafted the {k}?",
        "Who created the {k}?",
        "Who was it that made the {k}?",
        "What is the name of the person who made the {k}?",
    ],
    "when": [
        "When was the {s} at {t} built?",
        "When did {t} get its {s}?",
        "In what season and year was the {s} at {t} built?",
        "Since when has there been a {s} at {t}?",
        "When did the people of {t} build the {s}?",
        "When did they build the {s} at {t}?",
        "When was the {s} of {t} finished?",
        "In what year and season was the {s} at {t} built?",
        "What is the date of the {s} at {t}?",
        "From what time is the {s} at {t}?",
    ],
    "colour": [
        "What colour was the {n} of {p}?",
        "Of what colour was the {n} that {p} wore?",
        "Which colour did the {n} of {p} have?",
        "What was the colour of the {n} of {p}?",
        "The {n} of {p} was of what colour?",
        "What colour was {p}'s {n}?",
        "What is the colour of {p}'s {n}?",
        "What colour is the {n} of {p}?",
        "Which colour was {p}'s {n}?",
        "What colour of {n} did {p} wear?",
    ],
    "how many": [
        "How many {n} did {p} have?",
        "How many {n} did {p} own?",
        "What number of {n} did {p} keep?",
        "How many were the {n} of {p}?",
        "How large was the number of {n} that {p} had?",
        "How many {n} has {p}?",
        "How many {n} does {p} have?",
        "How many {n} did {p} keep?",
        "How many {n} belonged to {p}?",
        "What was the number of {p}'s {n}?",
    ],
}
KINDS = list(STATEMENTS)

# Questions of kinds that no chronicle answers, by what they are about. {verb}, {measure}, {quality}
# and {relative} are words of the table below: one in each wording.
OTHER_QUESTIONS = {
    "object": [
        "Who {verb} the {k}?",
        "Who first {verb} the {k}?",
        "Why was the {k} {verb}?",
        "What was the {quality} of the {k}?",
        "When was the {k} {verb}?",
        "How {measure} is the {k}?",
        "Which person {verb} the {k}?",
        "How {measure} was the {k}?",
        "By whom was the {k} {verb}?",
        "What is the {quality} of the {k}?",
        "Where was the {k} {verb}?",
    ],
    "structure": [
        "How {measure} is the {s} at {t}?",
        "Who {verb} the {s} at {t}?",
        "When was the {s} at {t} {verb}?",
        "Why was the {s} at {t} {verb}?",
        "What was the {quality} of the {s} of {t}?",
        "What is the {quality} of the {s} at {t}?",
        "How {measure} was the {s} of {t}?",
        "For whom was the {s} at {t} {verb}?",
        "When was it that the people of {t} {verb} the {s}?",
        "By whom was the {s} at {t} {verb}?",
    ],
    "person": [
        "Who was the {relative} of {p}?",
        "What was the name of the {relative} of {p}?",
        "What was the {quality} of the {n} of {p}?",
        "Who {verb} the {n} of {p}?",
        "How {measure} was {p}?",
        "How {measure} was the house of {p}?",
        "Why was it that {p} {verb} the {n}?",
        "Where did the {relative} of {p} live?",
        "Who was it that {verb} the {n} of {p}?",
        "When was {p} {verb}?",
        "What is the {quality} of {p}'s {n}?",
        "How many times was {p} {verb}?",
    ],
}
OTHER_WORDS = {
    "verb": """
        stole sold bought lost mended melted burned dropped cleaned cursed feared buried moved
        borrowed repaired weighed copied kissed cracked scratched damaged traded hated attacked
        forgot pawned rescued mocked cheated envied destroyed washed
    """.split(),
    "measure": """
        heavy old thick long wide tall deep small costly strong ancient warm clean dangerous
        famous hot useful rich sharp cold
    """.split(),
    "quality": """
        price weight value age shape size length origin purpose smell fate taste sound condition
        height width temper use
    """.split(),
    "relative": """
        father mother brother sister wife enemy friend teacher neighbour daughter son cousin
        uncle master servant aunt
    """.split(),
}
# Words that are in no chronicle; in held-out questions they stand in for one of a key, in the order
# of its words. Training makes up such words.
THING = "plastic titanium cotton sugar".split(), "teapot telescope violin ladder".split()
NAME = "Zoe Napoleon Ahmed Wendy".split(), "Kowalski Tanaka Murphy Jones".split()
LAND = "Northern Inner Lesser Royal".split(), "Paris Boston Kyoto Cairo".split()
STRANGE_WORDS = {
    "where": THING,
    "who": THING,
    "when": (*LAND, "library airport castle theatre".split()),
    "colour": (*NAME, "jacket apron bonnet waistcoat".split()),
    "how many": (*NAME, "camels parrots elephants rabbits".split()),
}
# What words are made up of: each of a few syllables is one of each.
SYLLABLE = (
    """
        b br c ch d dr f fl g gr h j k kl l m n p ph pl qu r s sh sl sp st str t th tr v w y z
    """.split(),
    "a e i o u ai ea ee ou oo".split(),
    ["", "", "", "", *"b ck d f g l ll m n nd ng p r rt s sh st t th x".split()],
)

# What may stand before and after a statement.
OPENINGS = [
    "",
    "",
    "",
    "",
    "",
    "",
    "In those days ",
    "As the old clerk writes, ",
    "It is well known that ",
    "Before the great flood ",
    "According to the rolls, ",
    "Some say that ",
    "For many years ",
    "After the long war ",
    "The abbot noted that ",
    "To the surprise of all, ",
    "In the end ",
    "Travellers reported that ",
    "As everybody remembered, ",
    "By the grace of the king ",
    "A letter tells us that ",
    "In that age ",
    "Without much noise ",
    "If the rolls are right, ",
    "As far as we know ",
    "When the snow had gone, ",
    "To this day people say that ",
    "A traveller wrote that ",
    "In the second week of the fair ",
    "Long before the tax on windows ",
    "Against the advice of the elders ",
    "It is written that ",
]
CLOSINGS = [
    "",
    "",
    "",
    "",
    "",
    "",
    ", so the clerk writes",
    ", as all the elders agreed",
    ", and nobody asked why",
    ", or so the story goes",
    " while the rain fell",
    ", to the joy of the children",
    " for a long time",
    ", and the matter was soon forgotten",
    " in spite of the bad weather",
    ", which pleased the abbot",
    ", and it was thought a wonder",
    ", as a song still tells",
    ", although the abbot had warned against it",
    ", and the clerk saw it himself",
    " when the market was over",
    ", but the elders would not speak of it",
    ", if the letter can be trusted",
    " to the end of those days",
]

# Narrative sentences. They reuse the words of the facts, one half of a key at a time: {F} first
# name, {L} family name, {T} place, {M} substance, {O} object, {S} structure, {G} garment, {C}
# colour, {A} animals, {N} number, {Y} year, {E} season.
NARRATIVE = [
    "The harvest was poor and the nights were cold.",
    "It rained for nine days and the river rose over the meadows.",
    "No letter came from the king.",
    "The clerk sharpened his pen and wrote until the candle was low.",
    "A wolf was heard in the forest, but nobody saw it.",
    "The children sang in the street and were told to be quiet.",
    "There was a quarrel about a fence, and it ended with laughter.",
    "The roads were bad and few travellers came.",
    "Bread was dear that season, and salt was dearer.",
    "A stranger asked for shelter and left before dawn.",
    "The elders met under the lime tree and agreed about nothing.",
    "Snow fell early and lay until the feast of fools.",
    "An old song was sung again, though nobody knew all of its words.",
    "The smoke of the charcoal burners stood over the hills.",
    "A comet was seen, and the learned men disputed about its meaning.",
    "The ferryman fell asleep and the boat drifted to the other bank.",
    "Many were ill in the cold months, and the healers had no rest.",
    "Then came a time of peace, and the chronicle has little to tell of it.",
    "The abbot preached against idle talk and was much talked about.",
    "Two brothers who had not spoken for years shook hands at the fair.",
    "The wind came from the sea and tasted of salt.",
    "Of what followed the rolls say nothing.",
    "Such was the custom, and no one thought it strange.",
    "The judge listened to both sides and went home to think.",
    "A page is missing here, and the next begins in the middle of a word.",
    "People said that the winter would be mild, and people were wrong.",
    "The bees swarmed twice, which was taken for a good sign.",
    "All night the dogs barked at the moon.",
    "The millers complained about the bakers, and the bakers about the millers.",
    "In the morning the frost had drawn flowers on every window.",
    "A merchant from {T} told long stories about the sea.",
    "The road from {T} was closed by fallen trees.",
    "The people of {T} were proud and slow to forgive.",
    "On market days one could hear the noise of {T} from the hills.",
    "Nothing of note happened at {T} for the rest of the month.",
    "A fire broke out at {T} and was put out with milk.",
    "{F} wept, and {F} laughed, and nobody could say why.",
    "A certain {F} sang at the wedding and forgot the words.",
    "The house of {L} quarrelled with the house of {L} about a ditch.",
    "Old {F} told the story again, and each time it was longer.",
    "The younger {L} went away to sea and sent no word.",
    "The {L} family had seen better days.",
    "{F} was a common name in those parts.",
    "Every {O} in the village was polished for the feast.",
    "A {O} was drawn on the sign above the door.",
    "Thieves looked for a {O} and found only old rope.",
    "The price of {M} rose, and the craftsmen grumbled.",
    "A merchant offered {M} and took wool in return.",
    "They had more {M} than they could use.",
    "The old {O} was broken, and the new {O} was not yet paid for.",
    "The roof of a {S} fell in, and luckily it was empty.",
    "They spoke of building a {S}, but the money was spent on wine.",
    "Each village wanted a {S} of its own.",
    "The {S} stood empty, and owls lived in it.",
    "It was the fashion to wear a {G} even in summer.",
    "A {G} was found by the river, and nobody claimed it.",
    "The sky turned {C} in the evening, and the fishermen stayed at home.",
    "The weavers tried a new {C} and were not content with it.",
    "The fields were {C} as far as one could see.",
    "The {A} broke through the hedge and ate the cabbages.",
    "A sickness came among the {A}, and it passed again.",
    "They bought {A} and sold {A}, and were no richer in the end.",
    "It took {N} men to move the fallen tree.",
    "They waited {N} days for the ship.",
    "The walk took {N} hours, and the last of them in the dark.",
    "The year {Y} was a bad year for apples.",
    "Nobody could remember a {E} as dry as that one.",
    "The {E} was late, and the swallows were later.",
    "In the year {Y} the river froze from bank to bank.",
    "The nights grew long, and the people sat by the fire and told old tales.",
    "Nobody knew who had rung the bells.",
    "The ink froze in the clerk's room, and for a week nothing was written.",
    "A cart lost its wheel on the hill, and the apples rolled down into the river.",
    "The council met, drank, and went home again.",
    "There was much talk of war, and then there was talk of the harvest again.",
    "The older people said that everything had been better before.",
    "A messenger came with a sealed letter and left with an empty purse.",
    "The cooks were praised, which happened seldom.",
    "A dispute over a boundary stone lasted longer than the stone.",
    "The priest forgot the feast day and blamed the calendar.",
    "Boys stole pears from the abbot's garden and were ill for a week.",
    "It was so hot that the milk turned sour before noon.",
    "A juggler stayed for the winter and paid with tricks.",
    "The bridge keeper counted the boats and lost count.",
    "Fog lay over the valley, and the bells were rung for those on the road.",
    "The new law was read aloud, and nobody understood it.",
    "Fish were plenty, and so were those who said they had caught them.",
    "A tax was raised on windows, and many windows were closed.",
    "The old tree on the square was struck by lightning and stood on.",
    "Someone had painted a cat upon the church door.",
    "The mason drank with the miller, and the wall grew crooked.",
    "Strangers were welcome as long as they brought news.",
    "The physician advised onions against every illness.",
    "The wells ran dry, and then the rain would not stop.",
    "A dance was forbidden, and therefore everybody came.",
    "The moon was eaten by a shadow and came back whole.",
    "The carpenters wanted more money and were given more beer.",
    "In that week three weddings were held, and one of them twice.",
    "The archive was eaten by mice, as far as it was worth reading.",
    "A beggar turned out to be a count, or so he said.",
    "Nobody had ever seen so many crows.",
    "The shepherds came down from the hills earlier than usual.",
    "A book was lent and never returned.",
    "The youngest monk laughed during the prayers and had to scrub the floor.",
    "Good candles were scarce, and evenings were short.",
    "They say that a giant once lived in the hills behind {T}.",
    "From {T} came only rumours.",
    "Whoever could walk went to the fair at {T}.",
    "The boats from {T} were late, as they always were.",
    "A band of players passed through {T} and left their debts behind.",
    "Young {F} learned to read and was soon tired of it.",
    "{F} and {F} did not speak to each other for a month.",
    "Many a child was named {F} after the saint.",
    "A feud between {L} and {L} was settled over a barrel of beer.",
    "The name of {L} was heard often in those weeks, and seldom with praise.",
    "Somebody had lost a {O}, and everybody looked for it.",
    "A {O} without an owner was sold for the poor.",
    "Not every {O} is worth the trouble it brings, says the proverb.",
    "It was whispered that the {M} was false.",
    "A ship with {M} ran aground, and the crew walked home.",
    "Much {M} was stolen that winter, and little of it came back.",
    "The steward wanted a larger {S}, and the council wanted peace.",
    "Children played in the ruins of an old {S}.",
    "A quarrel broke out over a torn {G}.",
    "No {G} was warm enough in that wind.",
    "The flag of the guild was {C} and much too large.",
    "A {C} bird sat on the roof, and people took it for an omen.",
    "Wolves took some of the {A}, and the shepherds slept no more.",
    "For {N} weeks no boat could cross the river.",
    "In the {E} the swallows came back, and so did the debts.",
    "What the year {Y} brought was chiefly rain.",
    "The clerk could not read his own hand, and left a gap.",
    "Whoever had a roof mended it, and whoever had none watched.",
    "The river was low, so the children walked across it.",
    "It was agreed to agree, and the council went to dinner.",
    "There were songs about it, but they were not good songs.",
    "When the bells stopped, one could hear the sea.",
    "Of the harvest that year nobody complained, which was a wonder.",
    "The baker closed his door early and would not say why.",
    "A tailor from {T} cut the cloth twice and was paid once.",
    "They sent to {T} for help, and help came in the end.",
    "{F} went to sea, {F} went to bed, and the work was left to others.",
    "The widow {L} lent money and forgot nothing.",
    "If {F} had a secret, the whole street knew it.",
    "A {O} is soon bought, but who will polish it?",
    "The {O} was hung on a nail and fell down in the night.",
    "Whatever was made of {M} was dear, and what was not was dearer.",
    "When the {S} was locked, the key was lost, and the door was broken.",
    "Under the {S} there was said to be a cellar full of wine.",
    "He who wears a {G} in the rain has a wet {G}.",
    "The {A} knew the way home better than the shepherds.",
    "Some counted {N} stars and some counted none.",
    "Everything turned {C}, and then it was winter.",
    "The {E} of the year {Y} was like any other.",
    "It happened in {Y}, or a little later.",
]

# --------------------------------------------------------------------------------------------------


@dataclass
class Question:
    """A question, its answer, and where in the document this stands: characters `start:end`.

    key: the words that the fact belongs to; sentence: the one that states it. A question that the
    document does not answer has neither, the answer "", and as its kind one of UNANSWERABLE.
    """

    text: str
    answer: str
    kind: str
    key: tuple = ()
    sentence: str = ""
    start: int = 0
    end: int = 0


@dataclass
class Document:
    """A chronicle and the questions that may be asked about it."""

    text: str
    questions: list = field(default_factory=list)
    unanswerable: list = field(default_factory=list)


def is_held_out_pair(i, j):
    """Whether training never sees the i-th word of one table with the j-th of another."""
    return (3 * i + 5 * j) % 8 == 0


def is_held_out_wording(statement, question):
    """Whether a statement's wording and a question's wording are never combined in training."""
    return (statement + question) % 4 == 0


def draw_pair(rng, table_a, table_b, held_out, words):
    """One of the first `words` words of each table. held_out: True, False or None (either)."""
    while True:
        i, j = rng.randrange(len(table_a[:words])), rng.randrange(len(table_b[:words]))
        if held_out is None or is_held_out_pair(i, j) == held_out:
            return table_a[i], table_b[j]


# The two tables each pair comes from.
PLACE = PLACE_PREFIXES, PLACE_NAMES
PERSON = FIRST_NAMES, FAMILY_NAMES
ANSWERS = {
    "where": PLACE,
    "who": PERSON,
    "when": (SEASONS, YEARS),
    "colour": (SHADES, COLOURS),
    "how many": (TENS, UNITS),
}
KEYS = {
    "where": (SUBSTANCES, OBJECTS),
    "who": (SUBSTANCES, OBJECTS),
    "when": PLACE,
    "colour": PERSON,
    "how many": PERSON,
}
# The third word of a key, for the kinds that have one.
NOUNS = {"when": STRUCTURES, "colour": GARMENTS, "how many": ANIMALS}


def draw_answer(rng, kind, held_out, words):
    """An answer of the kind: two words, or "season of year"."""
    pair = draw_pair(rng, *ANSWERS[kind], held_out, words)
    return (" of " if kind == "when" else " ").join(pair)


def draw_key(rng, kind, held_out, words):
    """A key: a pair of words, for some kinds followed by a noun."""
    key = draw_pair(rng, *KEYS[kind], held_out, words)
    return key + (rng.choice(NOUNS[kind][:words]),) if kind in NOUNS else key


def is_own_key(kind, key, held_out):
    """Whether the pair of a key of known words belongs to the split."""
    table_a, table_b = KEYS[kind]
    return is_held_out_pair(table_a.index(key[0]), table_b.index(key[1])) == held_out


def draw_similar_key(rng, key, kind, held_out, words):
    """A key that differs from `key` in one word."""
    while True:
        at = rng.randrange(len(key))
        similar = key[:at] + draw_key(rng, kind, None, words)[at : at + 1] + key[at + 1 :]
        if similar != key and (held_out is None or is_own_key(kind, similar, held_out)):
            return similar


def fill(template, key, answer="", **words):
    """A wording of STATEMENTS or of questions with its key, answer and other words put in."""
    pair = " ".join(key[:2])
    noun = key[2] if len(key) == 3 else ""
    return template.format(k=pair, p=pair, t=pair, n=noun, s=noun, a=answer, **words)


def narrative(rng, template, key_words=(), misleading=0, words=None):
    """A narrative sentence, its slots filled: it states none of the facts.

    misleading: the part of its words that are taken from key_words, where these have one that fits
    words: how many of each table it may have (None: all)
    """
    # A word is drawn for each slot separately, so that a template that uses a slot twice gets two
    # words.
    tables = {
        "F": FIRST_NAMES,
        "L": FAMILY_NAMES,
        "T": PLACE_NAMES,
        "M": SUBSTANCES,
        "O": OBJECTS,
        "S": STRUCTURES,
        "G": GARMENTS,
        "C": COLOURS,
        "A": ANIMALS,
        "N": UNITS,
        "Y": YEARS,
        "E": SEASONS,
    }

    def draw(slot):
        table = tables[slot[1]][:words]
        close = [word for word in table if word in key_words]
        return rng.choice(close if close and misleading and rng.random() < misleading else table)

    return re.sub(r"\{(\w)\}", draw, template)


def statement(rng, wording, kind, key, answer):
    """A sentence that states a fact, and the offset of the answer in it."""
    opening, closing = rng.choice(OPENINGS), rng.choice(CLOSINGS)
    before, after = wording.split("{a}")
    before = opening + fill(before, key)
    sentence = before + answer + fill(after, key) + closing + "."
    return sentence[0].upper() + sentence[1:], len(before)


def count_words(text):
    """Words and punctuation marks."""
    return len(re.findall(r"\w+|[^\w\s]", text))


# --------------------------------------------------------------------------------------------------
# Questions that a chronicle does not answer, made-up words, and other spellings of questions.

UNANSWERABLE = {
    "apart": "each word of the key is in the document, but no fact belongs to all of them",
    "missing": "a word of the key is nowhere in the document",
    "strange": "a word of the key is in no document at all",
    "another kind": "the key has a fact, of another kind than is asked for",
    "no kind": "the key has a fact, and the question is of a kind that no chronicle answers",
    "no word": "the key has a fact, and what is asked for is called by a made-up word",
}


def made_up(rng):
    """A word of one or two syllables."""
    count = rng.choice([1, 2, 2])
    return "".join(rng.choice(letters) for _ in range(count) for letters in SYLLABLE)


def ask_for_another_kind(rng, key, kind, held_out):
    """A question of OTHER_QUESTIONS. held_out: True, False, or None for one with a made-up word"""
    subject = {"where": "object", "who": "object", "when": "structure"}.get(kind, "person")
    wording = rng.randrange(len(OTHER_QUESTIONS[subject]))
    template = OTHER_QUESTIONS[subject][wording]
    (slot,) = [name for name in OTHER_WORDS if f"{{{name}}}" in template]
    words = [
        word
        for i, word in enumerate(OTHER_WORDS[slot])
        if is_held_out_wording(wording, i) == held_out
    ]
    return fill(template, key, **{slot: rng.choice(words or [made_up(rng)])})


def unanswerable(rng, facts, text, split):
    """One question of each kind of UNANSWERABLE, as far as the document has the words for it.

    facts: the (kind, key) that the text states.
    """
    held_out = split == "heldout"
    words = set(re.findall(r"\w+", text))
    found = {name: [] for name in UNANSWERABLE}  # (kind, key) that can be asked for
    for kind, key in facts:
        tables = (*KEYS[kind], NOUNS[kind]) if kind in NOUNS else KEYS[kind]
        for at, table in enumerate(tables):
            for word in table:
                other = kind, key[:at] + (word,) + key[at + 1 :]
                if other not in facts and is_own_key(*other, held_out):
                    found["apart" if word in words else "missing"].append(other)
            if held_out:
                strange = STRANGE_WORDS[kind][at]
            else:
                word = made_up(rng)
                strange = [word.capitalize() if table[0].istitle() else word]
            found["strange"] += [(kind, key[:at] + (word,) + key[at + 1 :]) for word in strange]
        for other_kind in KINDS:
            same = KEYS[other_kind] == KEYS[kind] and NOUNS.get(other_kind) == NOUNS.get(kind)
            if same and (other_kind, key) not in facts and is_own_key(kind, key, held_out):
                found["another kind"].append((other_kind, key))
        if is_own_key(kind, key, held_out):
            found["no kind"].append((kind, key))
    found["no word"] = found["no kind"]
    questions = []
    for name, keys in found.items():
        if not keys:
            continue
        kind, key = rng.choice(keys)
        if name == "no kind":
            text = ask_for_another_kind(rng, key, kind, held_out)
        elif name == "no word":
            text = ask_for_another_kind(rng, key, kind, None)
        else:
            text = fill(rng.choice(QUESTIONS[kind]), key)
        questions.append(Question(text, "", name))
    return questions


def renamed(rng, questions, texts, part=0.25):
    """The texts with a part of the words that the questions' facts are made of replaced by made-up
    ones, the same word by the same one everywhere."""
    words = [word for question in questions for word in question.key]
    words += [word for question in questions for word in question.answer.split()]
    names = {}
    for word in dict.fromkeys(words):
        if word.isalpha() and word != "of" and rng.random() < part:
            new = made_up(rng)
            names[word] = new.capitalize() if word.istitle() else new
            names[word.capitalize()] = new.capitalize()  # at the beginning of a sentence
    return [re.sub(r"\w+", lambda word: names.get(word[0], word[0]), text) for text in texts]


SPELLINGS = ["lower case", "upper case", "a doubled letter"]


def respelled(rng, text, spelling):
    """The question in one of the SPELLINGS."""
    if spelling == "lower case":
        return text.lower()
    if spelling == "upper case":
        return text.upper()
    if spelling != "a doubled letter":
        raise ValueError(f"spelling: expected one of {SPELLINGS}, found {spelling!r}")
    at = rng.choice([i for i, letter in enumerate(text) if letter.isalpha()])
    return text[: at + 1] + text[at].lower() + text[at + 1 :]


def document(seed, length, facts, kinds=KINDS, split="train", count=count_words, misleading=0,
             words=None):  # fmt: skip
    """A chronicle of at most `length` tokens with `facts` facts of the given kinds, and its
    questions.

    seed: anything that random.Random takes. split: "train" or "heldout". count: how many tokens a
    piece of text has (a sentence is counted with the white space before it). About half of the
    facts are there to mislead: each shares all but one word of the key with an earlier fact, or
    its whole key if the kind differs. Between two facts there is narrative; `misleading` is the
    part of its words that are taken from the facts' keys, where one fits. words: how many of each
    table of words to use, from its beginning (None: all). In the training split every fact has a
    question; in the other one only those of which nothing was seen in training. There are questions
    without an answer, too, at most one of each kind of UNANSWERABLE.
    Raises ValueError for an unknown kind or split, or if the facts do not fit into the length.
    """
    if split not in ("train", "heldout"):
        raise ValueError(f"split: expected 'train' or 'heldout', found {split!r}")
    if not set(kinds) <= set(KINDS):
        raise ValueError(f"kinds: expected some of {KINDS}, found {list(kinds)}")
    rng = random.Random(seed)
    stated = {}  # (kind, key) -> (sentence, offset of the answer in it, question or None)
    tokens = 0
    while len(stated) < facts:
        # Training draws from its own pairs alone; the held-out split asks about held-out pairs,
        # and a fact that only misleads may have any.
        asked = split == "train" or not stated or rng.random() < 0.5
        held_out = (split == "heldout") if asked else None
        kind, key = rng.choice(kinds), None
        if stated and rng.random() < 0.5:
            other_kind, other_key = rng.choice(list(stated))
            if KEYS[other_kind] == KEYS[kind] and NOUNS.get(other_kind) == NOUNS.get(kind):
                key = (
                    other_key
                    if kind != other_kind
                    else draw_similar_key(rng, other_key, kind, held_out, words)
                )
        if key is None:
            key = draw_key(rng, kind, held_out, words)
        if (kind, key) in stated:
            continue
        wording = rng.randrange(len(STATEMENTS[kind]))
        answer = draw_answer(rng, kind, held_out, words)
        sentence, offset = statement(rng, STATEMENTS[kind][wording], kind, key, answer)
        question = None
        if asked and is_own_key(kind, key, split == "heldout"):
            choices = [
                q
                for i, q in enumerate(QUESTIONS[kind])
                if is_held_out_wording(wording, i) == (split == "heldout")
            ]
            question = Question(fill(rng.choice(choices), key), answer, kind, key, sentence)
        stated[kind, key] = sentence, offset, question
        tokens += count(" " + sentence)

    key_words = {word for _, key in stated for word in key}
    fillers, templates = [], []
    while True:
        if not templates:  # all have been used: once more, in another order
            templates = rng.sample(NARRATIVE, len(NARRATIVE))
        # A paragraph ends after about six sentences, and the next begins with narrative too.
        gap = "" if not fillers else "\n" if rng.random() < 0.25 else " "
        sentence = gap + narrative(rng, templates.pop(), key_words, misleading, words)
        tokens += count(sentence)
        if tokens > length:
            break
        fillers.append(sentence)
    if len(fillers) < facts:
        raise ValueError(
            f"length: {facts} facts with narrative between them do not fit into {length} tokens"
        )
    places = set(rng.sample(range(len(fillers)), facts))
    sentences = list(stated.values())
    rng.shuffle(sentences)
    remaining = iter(sentences)
    result = Document("")
    for i, filler in enumerate(fillers):
        result.text += filler
        if i in places:
            sentence, offset, question = next(remaining)
            result.text += " " + sentence
            if question:
                question.start = len(result.text) - len(sentence) + offset
                question.end = question.start + len(question.answer)
                result.questions.append(question)
    result.unanswerable = unanswerable(rng, stated, result.text, split)
    return result


def main():
    parser = argparse.ArgumentParser(description="Prints a chronicle, or its questions.")
    parser.add_argument("--seed", default="0", help="any text (default: %(default)s)")
    parser.add_argument("--length", type=int, default=3000,
                        help="words and punctuation marks (default: %(default)s)")
    parser.add_argument("--facts", type=int, default=40,
                        help="facts that can be asked for (default: %(default)s)")
    parser.add_argument("--split", choices=["train", "heldout"], default="heldout",
                        help="words and wordings to draw from (default: %(default)s)")
    parser.add_argument("--questions", action="store_true", help="print questions and answers")
    arguments = parser.parse_args()
    chronicle = document(arguments.seed, arguments.length, arguments.facts, split=arguments.split)
    if arguments.questions:
        for question in chronicle.questions + chronicle.unanswerable:
            print(f"{question.text} {question.answer or '(no answer)'}")
    else:
        print(chronicle.text)


if __name__ == "__main__":
    main()
