"""The words and wordings that documents.py puts together: tables, and nothing else."""

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
QUALITIES = "pure solid old soft hard fine rough heavy plain smooth".split()
MATERIALS = """
    gold steel wood stone clay bone silk lead pine beech jet pearl velvet linen wool wax
""".split()
SMALL_NUMBERS = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty
""".split()
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
        "the {k} is at {a}",
        "the {k} is in {a}",
        "the {k} is kept at {a}",
        "the {k} was in {a}",
        "the {k} was at {a}",
        "the {k} can be found in {a}",
        "you will find the {k} at {a}",
        "the {k} lies in a drawer in {a}",
        "the {k} has been in {a} ever since",
        "the {k} is stored in a cellar at {a}",
        "the {k} remained in {a}",
        "people can still see the {k} in {a}",
        "the {k} stands on a shelf in {a}",
        "someone left the {k} in {a}",
        "the {k} was taken to {a}",
        "the {k} ended up in {a}",
        "in {a} one can see the {k}",
        "they keep the {k} in {a}",
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
        "{a} made the {k}",
        "the {k} is the work of {a}",
        "the {k} was created by {a}",
        "the maker of the {k} was {a}",
        "the {k} was built by {a}",
        "the {k} was made long ago by {a}",
        "we owe the {k} to the skill of {a}",
        "{a} built the {k}",
        "the {k} was made by a man called {a}",
        "it is {a} who crafted the {k}",
        "the one who made the {k} was {a}",
        "{a} is the maker of the {k}",
        "the {k}, made by {a}, is small",
        "by {a} the {k} was made",
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
        "the {s} at {t} was built in the {a}",
        "the {s} in {t} was built in the {a}",
        "they built the {s} at {t} in the {a}",
        "the {s} of {t} was opened in the {a}",
        "in the {a} the {s} at {t} was built",
        "the {s} at {t} is from the {a}",
        "the {s} in {t} dates back to the {a}",
        "the {a} was when the {s} at {t} was built",
        "{t} has had a {s} since the {a}",
        "the building of the {s} at {t} was completed in the {a}",
        "the {s} at {t} was founded in the {a}",
        "{t} built a {s} in the {a}",
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
        "{p} has a {a} {n}",
        "{p} wears a {a} {n}",
        "the {n} of {p} is {a}",
        "{p}'s {n} is {a}",
        "{p} owns a {a} {n}",
        "the colour of {p}'s {n} was {a}",
        "{p} always wore a {a} {n}",
        "{p} was wearing a {a} {n}",
        "{p} put on a {a} {n}",
        "{p}, in a {a} {n}, stood at the door",
        "a {a} {n} belonged to {p}",
        "the {n} of {p} was dyed {a}",
        "{p} likes to wear a {a} {n}",
        "the {n} worn by {p} was {a} in colour",
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
        "{p} has {a} {n}",
        "{p} owns {a} {n}",
        "{p} keeps {a} {n}",
        "there are {a} {n} on {p}'s farm",
        "there were {a} {n} on the farm of {p}",
        "{p}'s farm has {a} {n}",
        "{a} {n} belong to {p}",
        "{p} bought {a} {n}",
        "the number of {n} that {p} had was {a}",
        "{p} is the owner of {a} {n}",
        "{p} had no fewer than {a} {n}",
        "on the farm of {p} one counts {a} {n}",
        "{p} fed {a} {n}",
        "{p}'s {n} were {a} in number",
    ],
    "where made": [
        "the {k} was made in {a}",
        "the {k} was made at {a}",
        "the {k} comes from a workshop in {a}",
        "it was in {a} that the {k} was made",
        "they made the {k} at {a}",
        "in {a} the {k} was made",
        "the {k} is a work from {a}",
        "the {k} was crafted at {a}",
        "the workshop that made the {k} was in {a}",
        "the place where the {k} was made is {a}",
        "the {k} was first made in {a}",
        "the {k} had been made in {a}",
    ],
    "when made": [
        "the {k} was made in the {a}",
        "the {k} dates from the {a}",
        "the {k} is from the {a}",
        "it was in the {a} that the {k} was made",
        "they made the {k} in the {a}",
        "in the {a} the {k} was made",
        "the {k} was crafted in the {a}",
        "the {k} was finished in the {a}",
        "work on the {k} ended in the {a}",
        "the {k} goes back to the {a}",
        "the {a} was when the {k} was made",
        "the {k} had been made in the {a}",
    ],
    "made of": [
        "the {k} was made of {a}",
        "the {k} is made of {a}",
        "they made the {k} from {a}",
        "the {k} was made from {a}",
        "the {k} is all of {a}",
        "the {k} was cut from {a}",
        "the {k} consists of {a}",
        "{a} was used for the {k}",
        "for the {k} they took {a}",
        "the {k} was crafted from {a}",
        "the {k} was of {a}",
        "under its paint the {k} is {a}",
    ],
    "its colour": [
        "the {k} was {a}",
        "the {k} is {a}",
        "the {k} is {a} in colour",
        "the colour of the {k} is {a}",
        "the colour of the {k} was {a}",
        "they painted the {k} {a}",
        "the {k} was painted {a}",
        "the {k} looked {a} in the sun",
        "the {k} has a {a} colour",
        "the {k} shone {a}",
        "the {k} had turned {a}",
        "a {a} colour marks the {k}",
    ],
    "who built": [
        "the {s} at {t} was built by {a}",
        "{a} built the {s} at {t}",
        "it was {a} who built the {s} at {t}",
        "the {s} of {t} is the work of {a}",
        "the {s} in {t} was built by {a}",
        "the builder of the {s} at {t} was {a}",
        "{a} was the builder of the {s} of {t}",
        "the {s} at {t} was put up by {a}",
        "for the {s} at {t} the town paid {a}",
        "{t} got its {s} from {a}",
        "{a} finished the {s} at {t}",
        "nobody but {a} could have built the {s} at {t}",
    ],
    "home": [
        "{p} lived at {a}",
        "{p} lived in {a}",
        "{p} lives in {a}",
        "{p} had a house at {a}",
        "the home of {p} was in {a}",
        "{p}'s home is in {a}",
        "{p} has a house in {a}",
        "{p} came from {a}",
        "{p} dwelt at {a}",
        "in {a} lived {p}",
        "{p} settled in {a}",
        "{a} was the home of {p}",
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
        "Where is the {k} now?",
        "Where is the {k} kept?",
        "Where can the {k} be found?",
        "Where can I see the {k}?",
        "Where did the {k} end up?",
        "Where was the {k}?",
        "Where do they keep the {k}?",
        "Where should I look for the {k}?",
        "In what place is the {k} kept?",
        "What is the location of the {k}?",
        "The {k} is where?",
        "Where has the {k} been put?",
        "Where does one find the {k}?",
        "At what place is the {k}?",
        "In which place can the {k} be seen?",
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
        "Who built the {k}?",
        "Who was the {k} made by?",
        "Who is the maker of the {k}?",
        "By whom was the {k} crafted?",
        "What is the name of the maker of the {k}?",
        "The {k} was made by whom?",
        "Whose work is the {k}?",
        "Who has made the {k}?",
        "Who produced the {k}?",
        "Which craftsman made the {k}?",
        "Which man or woman made the {k}?",
        "Who was the craftsman of the {k}?",
        "What was the maker of the {k} called?",
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
        "When was the {s} at {t} finished?",
        "When was the {s} in {t} built?",
        "In what year was the {s} at {t} built?",
        "In which year did they build the {s} at {t}?",
        "When was the {s} at {t} opened?",
        "How long has there been a {s} at {t}?",
        "What year is the {s} at {t} from?",
        "When was the {s} of {t} put up?",
        "The {s} at {t} was built when?",
        "When did {t} build its {s}?",
        "In which season and year was the {s} of {t} built?",
        "At what time was the {s} at {t} built?",
        "Since when has {t} had a {s}?",
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
        "What colour is {p}'s {n}?",
        "What was the colour of {p}'s {n}?",
        "Which colour is {p}'s {n}?",
        "What colour does {p}'s {n} have?",
        "In what colour was the {n} of {p}?",
        "What colour was the {n} worn by {p}?",
        "What colour of {n} does {p} wear?",
        "{p}'s {n} is what colour?",
        "What colour {n} did {p} wear?",
        "What colour {n} does {p} have?",
        "Of which colour is {p}'s {n}?",
        "How was the {n} of {p} coloured?",
        "What is the colour of the {n} of {p}?",
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
        "How many {n} does {p} own?",
        "How many {n} are there on {p}'s farm?",
        "How many {n} were there on the farm of {p}?",
        "How many {n} does {p} keep?",
        "What is the number of {p}'s {n}?",
        "How many {n} belong to {p}?",
        "How many {n} are owned by {p}?",
        "How many {n} did {p} look after?",
        "How many of the {n} were {p}'s?",
        "{p} had how many {n}?",
        "How many {n} were {p}'s?",
        "How many {n} had {p}?",
        "What number of {n} did {p} have?",
    ],
    "where made": [
        "Where was the {k} made?",
        "In which place was the {k} made?",
        "Where did they make the {k}?",
        "At what place was the {k} made?",
        "Where was the {k} crafted?",
        "In what place was the {k} crafted?",
        "The {k} was made where?",
        "Where was it that the {k} was made?",
        "What is the place where the {k} was made?",
        "Where was the workshop that made the {k}?",
        "Where had the {k} been made?",
        "In which place did they make the {k}?",
    ],
    "when made": [
        "When was the {k} made?",
        "In what year was the {k} made?",
        "When did they make the {k}?",
        "When was the {k} crafted?",
        "From what time is the {k}?",
        "What is the date of the {k}?",
        "In which year was the {k} made?",
        "When was it that the {k} was made?",
        "When was the {k} finished?",
        "The {k} was made when?",
        "In what season and year was the {k} made?",
    ],
    "made of": [
        "What is the {k} made of?",
        "What was the {k} made of?",
        "Of what is the {k} made?",
        "What material is the {k} made of?",
        "From what was the {k} made?",
        "What was used for the {k}?",
        "What did they make the {k} from?",
        "Of which material is the {k}?",
        "What is the {k} made from?",
        "What material was used for the {k}?",
        "What does the {k} consist of?",
        "The {k} is made of what?",
    ],
    "its colour": [
        "What colour is the {k}?",
        "What colour was the {k}?",
        "What is the colour of the {k}?",
        "What was the colour of the {k}?",
        "Which colour is the {k}?",
        "Of what colour is the {k}?",
        "What colour does the {k} have?",
        "Which colour was the {k}?",
        "The {k} is what colour?",
        "In what colour did they paint the {k}?",
        "What colour was the {k} painted?",
        "Which colour did the {k} have?",
    ],
    "who built": [
        "Who built the {s} at {t}?",
        "Who was the builder of the {s} at {t}?",
        "By whom was the {s} at {t} built?",
        "Who built the {s} in {t}?",
        "Who built the {s} of {t}?",
        "Which person built the {s} at {t}?",
        "Who was it that built the {s} at {t}?",
        "What is the name of the builder of the {s} at {t}?",
        "Whose work is the {s} at {t}?",
        "Who made the {s} at {t}?",
        "Who put up the {s} at {t}?",
        "The {s} at {t} was built by whom?",
    ],
    "home": [
        "Where did {p} live?",
        "Where does {p} live?",
        "Where was the home of {p}?",
        "Where is {p}'s home?",
        "In which place did {p} live?",
        "Where was the house of {p}?",
        "At what place did {p} live?",
        "Where did {p} have a house?",
        "Where was {p} at home?",
        "Where does {p} come from?",
        "In what place does {p} live?",
        "What was the home of {p}?",
    ],
}
KINDS = ["where", "who", "when", "colour", "how many"]  # those of a chronicle
ALL_KINDS = list(STATEMENTS)

# The same, as they stand within a sentence.
INDIRECT = {
    "where": [
        "where the {k} is",
        "where the {k} was kept",
        "where the {k} is kept",
        "where I can find the {k}",
        "where the {k} can be found",
        "where they keep the {k}",
        "in which place the {k} is",
        "where one could see the {k}",
        "the place of the {k}",
    ],
    "who": [
        "who made the {k}",
        "who the maker of the {k} was",
        "by whom the {k} was made",
        "who crafted the {k}",
        "who built the {k}",
        "the name of the maker of the {k}",
        "which person made the {k}",
        "whose work the {k} was",
    ],
    "when": [
        "when the {s} at {t} was built",
        "when they built the {s} at {t}",
        "in what year the {s} at {t} was built",
        "when {t} got its {s}",
        "since when there has been a {s} at {t}",
        "when the {s} of {t} was finished",
        "the date of the {s} at {t}",
        "when the people of {t} built the {s}",
    ],
    "colour": [
        "what colour the {n} of {p} was",
        "what colour {p}'s {n} is",
        "the colour of {p}'s {n}",
        "the colour of the {n} of {p}",
        "what colour {p}'s {n} was",
        "which colour the {n} of {p} had",
        "what colour of {n} {p} wore",
    ],
    "how many": [
        "how many {n} {p} had",
        "how many {n} {p} has",
        "how many {n} belonged to {p}",
        "the number of {p}'s {n}",
        "how many {n} {p} kept",
        "how many {n} there were on {p}'s farm",
        "how many {n} {p} owned",
    ],
    "where made": [
        "where the {k} was made",
        "where they made the {k}",
        "in which place the {k} was made",
        "the place where the {k} was made",
    ],
    "when made": [
        "when the {k} was made",
        "when they made the {k}",
        "in what year the {k} was made",
        "the date of the {k}",
    ],
    "made of": [
        "what the {k} is made of",
        "what the {k} was made of",
        "what material the {k} is made of",
        "what they made the {k} from",
    ],
    "its colour": [
        "what colour the {k} is",
        "what colour the {k} was",
        "the colour of the {k}",
        "of what colour the {k} is",
    ],
    "who built": [
        "who built the {s} at {t}",
        "by whom the {s} at {t} was built",
        "the name of the builder of the {s} at {t}",
        "who the builder of the {s} of {t} was",
    ],
    "home": [
        "where {p} lived",
        "where {p} lives",
        "in which place {p} lived",
        "where the home of {p} was",
    ],
}

# What may stand around these, and around a whole question without its mark.
# Training's own wordings, of which "[is|was]" stands for either.
TRAINING_QUESTIONS = {
    "where": [
        (
            "[Where|In which town|In what town|In which village] [is|was] the {k} "
            "[stored|housed|held|stowed]?"
        ),
        "{k} where",
        "[where to find|where to see|location of|whereabouts of|place of] {k}",
        "{k} [location|whereabouts|kept where|is where|where kept]",
        "the {k}: where[ is it| was it kept|]?",
        "The {k}, where [is|was] it[ kept| to be found|]?",
        "[Where|Whereabouts] might [I|one|a visitor|a traveller] [find|see|come across] the {k}?",
        "Where would [you|we|a traveller] [find|see|look for] the {k}?",
        (
            "To [which|what] [place|town|village] must [one|I|we] [go|travel] to [see|find|look "
            "at] the {k}?"
        ),
        "[Which|What] [town|place|village] [has|had|houses|holds] the {k}?",
        "[Which|What] [town|place|village] was it that [had|housed|held] the {k}?",
        (
            "[Which|What] is the [place|town|village] where the {k} [is kept|was kept|can be "
            "seen|could be seen|lies]?"
        ),
        "[Name|Give] the [place|town|village] where the {k} [is|was] [kept|held|stored].",
        "[State|Give] the [location|whereabouts] of the {k}.",
        "Where [does|did] the {k} [lie|rest|reside|sit]?",
        "In [which|what] [town|village|place] [does|did] the {k} [lie|rest|sit]?",
        "Where is it that [they keep|one can see|people can see|they have] the {k}?",
        "Where was it that [they kept|one could see|people could see|they had] the {k}?",
        "I want to [see|look at|find] the {k}. Where [is it|do I go|must I go|should I go]?",
        (
            "If I [want|wish] to see the {k}, [where must I go|where should I go|to which town "
            "must I travel|which place must I visit]?"
        ),
        "[Which|What] [place|town|village] [should|must] [I|one|we] visit to [see|find] the {k}?",
        (
            "The {k} [is|was] [kept|stored|housed|held] [where|in which town|in what town|in "
            "which village|in which place]?"
        ),
        "The {k} can be [found|seen] [where|in which town|in what place|in which village]?",
        "They [keep|kept] the {k} [where|in which town|in what place|in which village]?",
        "Where, [according to the text|exactly|then|please], [is|was] the {k}[ kept|]?",
        "According to the [text|document|story], where [is|was] the {k}[ kept| to be found|]?",
        "Where does the [text|document|writer|author] say [that |]the {k} [is|was][ kept|]?",
        "Where [are|were] people able to [see|find|look at] the {k}?",
        "Where [is|was] the {k} [located|situated|placed|stowed away|put away|on show]?",
        "Where have they [put|got|placed] the {k}?",
        "Where's the {k}[ kept| then| now|]?",
        "Any idea where [the {k} might be|to find the {k}|I might find the {k}|the {k} could be]?",
        "[Show|Tell] me where [to find|to look for|to see] the {k}[, please|].",
        (
            "[Help me find|Locate|Find] the {k}: where [is it|was it kept|does it lie|can it be "
            "found]?"
        ),
        (
            "[Could|Would] you kindly [tell|inform] me [of the whereabouts of the {k}|of the "
            "place where the {k} is kept]?"
        ),
        "May I ask where the {k} [is to be found|may be seen|was to be found|is housed]?",
        "It is [where|in which town|in what place|in which village] that the {k} [is|was] kept?",
        "In [which|what] [town|village] [do|did] they [keep|store|house] the {k}?",
        "[Which|What] place [is|was] home to the {k}?",
        "At [which|what] [spot|location|site] [is|was] the {k}[ kept| to be found|]?",
        (
            "[I can't find|I cannot find|I'm trying to find] the {k}. [Where is it|Where could "
            "it be|Where do they keep it]?"
        ),
    ],
    "who": [
        "Who [fashioned|wrought|manufactured|constructed] the {k}?",
        "By whom was the {k} [fashioned|wrought|created|produced|manufactured|constructed]?",
        "Who was the {k} [crafted|created|fashioned|produced|built] by?",
        (
            "[Which|What] [artisan|artist|maker|master|smith|man|woman] "
            "[created|crafted|fashioned|produced] the {k}?"
        ),
        "[who made|maker of|who crafted|who created|creator of|made by whom] {k}",
        "{k} [made by|maker|who made it|made by who|creator|maker name]",
        "the {k}: who made it?",
        "The {k}, who [made|crafted|created|fashioned] it?",
        "The {k} was [crafted|created|fashioned|produced] by [whom|which person|which craftsman]?",
        "The {k} [is|was] the work of [whom|which person|which craftsman|what person]?",
        "Whose [handiwork|creation|craft] [is|was] the {k}?",
        "In whose workshop was the {k} [made|crafted|created]?",
        "Who was [the creator|the artisan|the craftsman|the person] behind the {k}?",
        "Who is [the creator|the artisan|the craftsman] behind the {k}?",
        "Who was the [creator|author|artisan|producer] of the {k}?",
        "Who is the [creator|author|craftsman|producer] of the {k}?",
        "[Name|Identify] the [maker|creator] of the {k}.",
        (
            "Give the name of [the maker of the {k}|the creator of the {k}|the person who made "
            "the {k}|whoever made the {k}]."
        ),
        (
            "What was the name of the [craftsman|person|artisan|man or woman] who "
            "[made|crafted|created] the {k}?"
        ),
        "What is the [creator|craftsman] of the {k} called?",
        "What was the person who [made|crafted|created|fashioned] the {k} called?",
        "What name [did|does] the maker of the {k} [bear|have|go by]?",
        "Who is it that [made|crafted|created|fashioned] the {k}?",
        "Who was it who [made|crafted|created|fashioned] the {k}?",
        "Who was the [one|person|man or woman|craftsman] who [made|created|crafted] the {k}?",
        "Who was responsible for [making|crafting|creating|the making of] the {k}?",
        "To whom do we owe the {k}?",
        "To whom is the making of the {k} [credited|attributed|ascribed]?",
        "Who is credited with [making|crafting|creating|the making of] the {k}?",
        "Who does the [text|document|chronicle|writer] say made the {k}?",
        "According to the [text|document|chronicle|story], who [made|crafted|created] the {k}?",
        "Who, according to the [text|document|story], [made|crafted|created] the {k}?",
        "Somebody made the {k}; who was [it|that]?",
        "[May|Might] I ask who [created|fashioned|produced] the {k}?",
        "Any idea who [made|crafted|created] the {k}?",
        "[I am|I'm] trying to find out who [made|created|crafted] the {k}. Who was it?",
        "It was [who|which person|which craftsman] that [made|crafted|created] the {k}?",
        "Who actually [made|crafted|created|fashioned] the {k}?",
        "Whom may we thank for [making|creating|the making of] the {k}?",
        "Who had [made|crafted|created|fashioned|built] the {k}?",
        "Of which [craftsman|person|maker|artisan] [is|was] the {k} the work?",
        (
            "[Which|What] [person|man or woman|craftsman|artisan] was the {k} "
            "[made|crafted|created] by?"
        ),
        (
            "By [which|what] [person|craftsman|artisan|maker] was the {k} "
            "[made|crafted|created|fashioned]?"
        ),
        "Who worked on the {k} until it was [finished|done|complete]?",
    ],
    "when": [
        "When was the {s} [at|in|of] {t} [constructed|erected|completed|raised]?",
        (
            "[In what|In which|What|Which] year was the {s} [at|in|of] {t} "
            "[constructed|erected|completed|finished|put up]?"
        ),
        (
            "[In what|In which] season and year was the {s} [at|in|of] {t} "
            "[constructed|erected|completed|finished]?"
        ),
        "[when was|what year was] {s} [at|in] {t} [built|finished|completed]",
        "{t} {s} [built when|date|year built|when built|date of building|year of construction]",
        "{s} [at|in|of] {t} [built when|date|year|when built|year of construction]",
        "the {s} [at|in|of] {t}: when was it [built|finished|put up|completed]?",
        "The {s} [at|in|of] {t}, when was it [built|finished|put up|completed]?",
        (
            "The {s} [at|in|of] {t} was [finished|completed|put up|erected] [when|in what "
            "year|in which year]?"
        ),
        "The {s} [at|in|of] {t} was built in [what year|which year|what season and year]?",
        "The {s} [at|in|of] {t} [dates from|goes back to] [when|what year|which year|what time]?",
        "[From when|From what year|From which year] does the {s} [at|in|of] {t} date?",
        "[To what year|To which year|To what date] does the {s} [at|in|of] {t} go back?",
        "When does the {s} [at|in|of] {t} date [from|back to]?",
        "What year does the {s} [at|in|of] {t} date [from|back to]?",
        "What [is|was] the [date|year] of construction of the {s} [at|in|of] {t}?",
        (
            "What [is|was] the [year|date] in which the {s} [at|in|of] {t} was "
            "[built|finished|completed]?"
        ),
        (
            "[What|Which] was the year when the {s} [at|in|of] {t} was "
            "[built|finished|completed|put up]?"
        ),
        (
            "[Name|Give|State] the [year|date] when the {s} [at|in|of] {t} was "
            "[built|finished|completed|put up]."
        ),
        (
            "[Give|State] the date of [the building|construction|completion] of the {s} "
            "[at|in|of] {t}."
        ),
        (
            "When was it that [they built|they put up|the masons finished|the builders finished] "
            "the {s} [at|in|of] {t}?"
        ),
        (
            "When did [the masons|the builders|the workmen|they] [finish|complete] the {s} "
            "[at|in|of] {t}?"
        ),
        (
            "When did [work|the work|building work|construction] on the {s} [at|in|of] {t} "
            "[end|come to an end|finish]?"
        ),
        (
            "When was [work|the work|building work|construction] on the {s} [at|in|of] {t} "
            "[completed|finished|at an end|done]?"
        ),
        "When did {t} [put up|erect|raise|construct] its {s}?",
        (
            "When did [the people|the folk|the townsfolk|the villagers] of {t} [put "
            "up|erect|raise|finish] [the|their] {s}?"
        ),
        (
            "In [what|which] year did [the people|the folk|the townsfolk] of {t} [build|put "
            "up|finish] [the|their] {s}?"
        ),
        "In [what|which] year did {t} [get|build|put up|gain] its {s}?",
        "When was {t} given its {s}?",
        "When did the {s} [at|in|of] {t} [go up|come into being|open|first open|open its doors]?",
        "When did the {s} [at|in|of] {t} first stand?",
        (
            "[Since|From] [what|which] year has [there been a {s} at {t}|{t} had a {s}|{t} had "
            "its {s}]?"
        ),
        "For how long has {t} had [a|its] {s}?",
        (
            "[Since when|Since what year|Since which year|How long] has the {s} [at|in|of] {t} "
            "[stood|been there|existed]?"
        ),
        (
            "According to the [text|document|chronicle|story], when was the {s} [at|in|of] {t} "
            "[built|finished|completed]?"
        ),
        (
            "When, according to the [text|document|chronicle], was the {s} [at|in|of] {t} "
            "[built|finished|completed]?"
        ),
        (
            "When does the [text|document|chronicle|writer] say [that |]the {s} [at|in|of] {t} "
            "was [built|finished]?"
        ),
        "[May|Might] I ask when the {s} [at|in|of] {t} was [put up|completed|erected]?",
        "Any idea when [they put up|they finished|they completed] the {s} [at|in|of] {t}?",
        "There is a {s} [at|in] {t}. When was it [built|finished|put up|completed]?",
        "{t} has a {s}; [when|in what year|in which year] was it [built|finished|put up]?",
        (
            "It was [when|in what year|in which year] that [the {s} at {t} was built|they built "
            "the {s} at {t}|{t} got its {s}]?"
        ),
        "[At|On] what date was the {s} [at|in|of] {t} [built|finished|completed]?",
        "When had [they|the masons|the builders] [built|finished] the {s} [at|in] {t}?",
        "The people of {t} [built|finished|put up] their {s} [when|in what year|in which year]?",
        "{t} [got|built|put up] its {s} [when|in what year|in which year]?",
        "What is the [year|date] from which {t} has had [a|its] {s}?",
        "[Which|What] [date|year] saw the {s} [at|in|of] {t} [built|finished|completed]?",
    ],
    "colour": [
        "[What|Which] [shade|hue|tint] [was|is] [the {n} of {p}|{p}'s {n}|the {n} worn by {p}]?",
        "Of [what|which] [shade|hue] [was|is] [the {n} of {p}|{p}'s {n}|the {n} worn by {p}]?",
        "[what colour|which colour|colour of] {p}'s {n}",
        "[what colour|colour of] {n} {p}",
        "{p} {n} [colour|what colour|which colour|shade]",
        "{p}'s {n} [colour|which colour|what colour]",
        "{p}'s {n}: [what|which] colour[ is it| was it|]?",
        "The {n} of {p}, what colour [is|was] it?",
        "{p}'s {n}, what colour [is|was] it?",
        "The {n} of {p} [is|was|had been dyed] [what|which] colour?",
        "{p}'s {n} [was|was dyed|had been dyed] [what|which] colour?",
        (
            "The {n} [that {p} wore|worn by {p}|that {p} had on] was [what|which|of what|of "
            "which] colour?"
        ),
        "{p} [wore|had on|was wearing] [what|which] colour of {n}?",
        (
            "In a {n} of [what|which] colour [was {p} dressed|did {p} appear|was {p} seen|did "
            "{p} go about]?"
        ),
        "A {n} of [what|which] colour did {p} [wear|own|have|have on|put on]?",
        "A {n} of [what|which] colour does {p} [wear|own|have]?",
        "[What|Which] colour [was|is] the {n} that {p} [wore|had on|was wearing|owned]?",
        "[What|Which] colour [was|is] the {n} belonging to {p}?",
        (
            "[What|Which] colour of {n} [was {p} wearing|was {p} seen in|did {p} have on|was "
            "worn by {p}]?"
        ),
        "[What|Which] colour {n} [was {p} wearing|was {p} seen in|did {p} have on|did {p} own]?",
        "[What|Which] colour {n} does {p} [own|go about in]?",
        (
            "What was the [shade|hue|colour] of the {n} [that {p} wore|worn by {p}|that {p} had "
            "on|belonging to {p}]?"
        ),
        "What is the [shade|hue|colour] of the {n} [that {p} wears|worn by {p}|belonging to {p}]?",
        "[What|Which] colour did [{p}'s {n}|the {n} worn by {p}|the {n} that {p} wore] have?",
        "What colour does the {n} of {p} have?",
        "[What|Which] colour had the {n} of {p} been dyed?",
        "[What|Which] colour was [the {n} of {p}|{p}'s {n}] dyed?",
        "Describe the colour of [the {n} of {p}|{p}'s {n}|the {n} worn by {p}].",
        "What [is|was] [the colour|the shade] of that {n} of {p}'s?",
        (
            "By [what|which] colour of {n} [could one tell {p}|was {p} known|did people know "
            "{p}|could {p} be recognised]?"
        ),
        "In [what|which] colour [is|was] [{p}'s {n}|the {n} worn by {p}]?",
        "How [is|was] {p}'s {n} coloured?",
        "According to the [text|document|story], what colour [is|was] [{p}'s {n}|the {n} of {p}]?",
        (
            "What colour does the [text|document|writer] say [that |][{p}'s {n}|the {n} of {p}] "
            "[is|was]?"
        ),
        "{p} wore a {n}. [What|Which] colour was it?",
        "{p} had a {n}; [what|which|of what] colour was it?",
        (
            "[May|Might] I ask [what|which] colour [of {n} {p} had|the {n} worn by {p} was|{p}'s "
            "{n} might be]?"
        ),
        "Any idea what colour [{p}'s {n} might be|{p}'s {n} could be|of {n} {p} had]?",
        "When {p} [put on|wore] the {n}, what colour did people see?",
        "What was the colour, [please|then], of {p}'s {n}?",
        "It [is|was] [what|which] colour, {p}'s {n}?",
        "As to {p}'s {n}, [what|which] colour [is|was] it?",
        "What [is|was] the colour of that {n} which {p} [wore|had on|was seen in]?",
        "What's the [colour|shade|hue] of [{p}'s {n}|the {n} of {p}]?",
    ],
    "how many": [
        "[how many|number of] {n} {p}",
        "{p} [how many|number of] {n}",
        "{p} {n} [how many|number|count]",
        "{p}'s {n}: how many[ are there| were there|]?",
        "The {n} of {p}, how many [are|were] there?",
        "Of {n}, how many [had {p}|did {p} have|did {p} own|did {p} keep]?",
        (
            "How many {n} were [owned by {p}|kept by {p}|in the possession of {p}|the property "
            "of {p}|in {p}'s possession]?"
        ),
        (
            "How many {n} are [kept by {p}|in the possession of {p}|the property of {p}|in {p}'s "
            "possession]?"
        ),
        "How many {n} [was|is] {p} the owner of?",
        "How many {n} [were|are] there [on the land of {p}|on {p}'s land|in {p}'s possession]?",
        "How many {n} [did|does] the farm of {p} [have|feed|keep]?",
        "How many {n} [did|does] {p}'s farm [have|feed|keep]?",
        "How many {n} [could|would|does|did] one count on [{p}'s farm|the farm of {p}]?",
        "How many [are|were] {p}'s {n}[ in number| in all|]?",
        "How many [are|were] the {n} [that {p} owned|kept by {p}|belonging to {p}|that {p} had]?",
        "How many {n} in all did {p} [have|own|keep]?",
        "How many {n}[, all told,| altogether| in total] did {p} [have|own|keep]?",
        "[What|Which] number of {n} did {p} [own|possess|look after]?",
        "[What|Which] number of {n} does {p} [have|own|keep|possess]?",
        "What number of {n} [belonged|belong] to {p}?",
        "What [was|is] the [total number|number|count] of {n} [owned by|kept by|belonging to] {p}?",
        "What was the number of {n} that {p} [had|kept|owned]?",
        "What is the number of {n} that {p} [has|keeps|owns]?",
        (
            "[Give|State|Name] the number of {n} [that {p} had|that {p} owned|kept by "
            "{p}|belonging to {p}]."
        ),
        "[Give|State] the number of {p}'s {n}.",
        "Count the {n} of {p}: how many [are|were] there?",
        "{p} [kept|owned|has|owns|keeps|possessed|looked after] how many {n}?",
        "{p} [was|is] the owner of how many {n}?",
        "The {n} of {p} [were|are] how many[ in number|]?",
        "{p}'s {n} [were|are|numbered] how many?",
        "What did {p}'s {n} [add up to|amount to] in all?",
        "Of how many {n} [was|is] {p} the owner?",
        "When {p} counted the {n}, how many were there?",
        "If one counted {p}'s {n}, how many would there be?",
        "According to the [text|document|story], how many {n} did {p} [have|own|keep]?",
        "How many {n} does the [text|document|writer] say [that |]{p} [had|has|owned|kept]?",
        "{p} [had|kept|owned] {n}. How many[ were there| of them were there| of them|]?",
        "{p} [has|keeps|owns] {n}; how many[ are there| of them are there| of them|]?",
        "[May|Might] I ask how many {n} [were owned by {p}|were {p}'s|{p} might own]?",
        "Any idea how many {n} [{p} might have|{p} possessed|were kept by {p}]?",
        "It was how many {n} that {p} [had|kept|owned]?",
        "How many {n} was it that {p} [had|kept|owned]?",
        "How many {n} had {p} [got|in all|altogether]?",
        "How many {n} has {p} [got|in all|altogether]?",
        "Just how many {n} [did|does] {p} [have|own|keep]?",
        "How [large|high] [was|is] the number of {p}'s {n}?",
    ],
    "where made": [
        "[In which|At which|In what] workshop town was the {k} made?",
        "Where was the {k} [produced|manufactured|fashioned|created|fabricated]?",
        (
            "Where did [someone|somebody|the craftsman|its maker] [make|craft|fashion|produce] "
            "the {k}?"
        ),
        "Where did the making of the {k} [take place|happen|go on]?",
        (
            "The {k} was [produced|crafted|manufactured|created] [where|in which place|in what "
            "place|at which place]?"
        ),
        "What [town|village|place] was the {k} [made|crafted|produced|manufactured] in?",
        "Which [town|village|place] was the {k} [made|crafted|produced|fashioned] in?",
        "What [was|is] the place of manufacture of the {k}?",
        "{k} place of manufacture",
        "{k} [made|produced|manufactured|crafted] where",
        "where {k} [made|crafted|produced|manufactured]",
        "{k} made in which [place|town|village]",
        "[Tell me|Please tell me|Say] where the {k} was [made|crafted|produced|created].",
        "Name the [place|town|village] [where|in which] the {k} was [made|crafted|produced].",
        "[Can|Could] you tell me where the {k} was [made|produced|crafted|manufactured]?",
        "[I would like to know|I want to know|I wonder] where the {k} was [made|crafted|produced].",
        "Which [place|town|village] [made|produced] the {k}?",
        "In [which|what] [place|town|village]'s workshop was the {k} made?",
        (
            "Where was the workshop [from which the {k} came|in which the {k} was made|where the "
            "{k} was made]?"
        ),
        "Where [was|is] it that [they|people] [made|crafted] the {k}?",
        "Which [place|town|village] [was|is] it that the {k} was made in?",
        "Where were they when they [made|crafted|produced] the {k}?",
        "As for the {k}, where was it [made|crafted|produced|created]?",
        "The {k}: where was it [made|crafted|produced|manufactured]?",
        "The place where [they|someone] [made|crafted] the {k} is [what|which]?",
        "In [which|what] [place|town] did the [craftsman|maker] make the {k}?",
        "At [which|what] [place|spot] did they [craft|produce|manufacture] the {k}?",
        (
            "Where [does the document say|do we read|is it said|does it say] that the {k} was "
            "[made|crafted|produced]?"
        ),
        "What was the name of the [place|town|village] where the {k} was [made|crafted|produced]?",
        "Whereabouts was the {k} [made|crafted|produced|manufactured]?",
        "Do you know [where|in which place|in what town] the {k} was [made|produced|manufactured]?",
        "Where did the {k} [get made|first take shape]?",
        "From the workshops of which [place|town|village] [is|was] the {k}?",
        "Where was the {k} [being made|originally made|actually made]?",
        "Give the place [of making|of manufacture|of production] of the {k}.",
        "Find out where [they|people] [made|manufactured|produced] the {k}.",
        "[Where|In which place] was the work of making the {k} done?",
    ],
    "when made": [
        "When was the {k} [produced|manufactured|fashioned|created|fabricated]?",
        "When did [someone|somebody|the craftsman|its maker] [make|craft|fashion|produce] the {k}?",
        "When did the making of the {k} [take place|happen]?",
        (
            "[In which|In what] [season|season of which year] was the {k} "
            "[made|crafted|produced|created]?"
        ),
        "[In which|In what] year was the {k} [crafted|produced|manufactured|finished|created]?",
        "What year was the {k} [made|crafted|produced|finished]?",
        "What year [is|was] the {k} from?",
        "[What|Which] year does the {k} date from?",
        "From [when|which year|what year] does the {k} date?",
        "When does the {k} [date from|date back to]?",
        "How far back does the {k} [go|date]?",
        (
            "The {k} [dates from|dates back to|goes back to|is from] [when|what year|which "
            "year|what time]?"
        ),
        "What is the [year|season and year|time] in which the {k} was [made|crafted|produced]?",
        "What [is|was] the date of [making|manufacture|production] of the {k}?",
        "{k} date of manufacture",
        "{k} [made|produced|manufactured|crafted] when",
        "{k} [what|which] year made",
        "when {k} [made|crafted|produced|finished]",
        "[Tell me|Please tell me|Say] when the {k} was [made|crafted|produced|finished].",
        "Name the [year|season and year] in which the {k} was [made|crafted|produced].",
        "[Can|Could] you tell me when the {k} was [made|produced|crafted|manufactured]?",
        (
            "[I would like to know|I want to know|I wonder] [when|in what year] the {k} was "
            "[made|crafted|finished]."
        ),
        "Since when has the {k} [existed|been in existence]?",
        "When did the {k} come into [being|existence]?",
        "When was [work|the work] on the {k} [finished|completed|done]?",
        "When did [work|the work] on the {k} [end|come to an end]?",
        "When was the {k} [completed|ready|done]?",
        "When did they [finish|complete|finish making] the {k}?",
        "When [was|is] it that they [made|crafted|finished] the {k}?",
        "Which year was it [when|in which] the {k} was [made|crafted]?",
        "As for the {k}, when was it [made|crafted|produced|created]?",
        "The {k}: when was it [made|crafted|produced|finished]?",
        (
            "The {k} was [crafted|produced|finished|created] [when|in what year|in which year|at "
            "what time]?"
        ),
        (
            "When [does the document say|do we read|is it said|does it say] that the {k} was "
            "[made|crafted|produced]?"
        ),
        "How long ago was the {k} [made|crafted|produced|finished]?",
        "Do you know [when|in which year|in what season] the {k} was [made|produced|manufactured]?",
        "When had the {k} been [made|crafted|finished]?",
        "Give the [date|year] [of manufacture|of making] of the {k}.",
        "[To which|To what] year does the {k} [go back|date back]?",
        "What was the [year|season] when [they|people] [made|crafted|produced] the {k}?",
        "Find out when [they|people] [made|manufactured|produced] the {k}.",
    ],
    "made of": [
        "What [material|substance|stuff] is the {k} [made from|made out of]?",
        "[Which|What] material was the {k} made [of|from|out of]?",
        "[Which|What] [material|substance] did they make the {k} [from|of|out of]?",
        "What [is|was] the {k} made out of?",
        "What did [someone|somebody|the craftsman|the maker] make the {k} [of|from|out of]?",
        "[Of|From] [what|which] [material|substance] [is|was] the {k} [made|crafted|fashioned]?",
        "From [what|what material|which material] did they [make|craft|fashion] the {k}?",
        "What [is|was] the material of the {k}?",
        "[What|Which] material does the {k} consist of?",
        "Of [what|which material|what material] does the {k} consist?",
        "What [is|was] the {k} [crafted|fashioned|carved|cut|formed] from?",
        "What material [makes up|forms|went into] the {k}?",
        "What went into the making of the {k}?",
        "What [was|is] the composition of the {k}?",
        "What [is|was] the {k} composed of?",
        "[What|Which] material is used in the {k}?",
        "What was used to [make|produce|craft|fashion] the {k}?",
        "What material was [used|taken|chosen|needed] to [make|craft] the {k}?",
        "What [was|is] the {k} really [made of|made from]?",
        "The {k} [is|was] made [of|from|out of] [what material|which material|what substance]?",
        "The {k} [consists|consisted] of what?",
        "{k} [what|which] material",
        "{k} material",
        "{k} made [of|from|out of] what",
        "what {k} [made of|made from|made out of]",
        "material of {k}",
        "[Tell me|Please tell me|Say] what the {k} [is|was] made [of|from|out of].",
        (
            "Name the material [of the {k}|of which the {k} is made|from which the {k} was "
            "made|used for the {k}]."
        ),
        "[Can|Could] you tell me what the {k} [is|was] made [of|from]?",
        (
            "[I would like to know|I want to know|I wonder] what [material|substance] the {k} is "
            "made of."
        ),
        "What is it that the {k} [is|was] made [of|from]?",
        "As for the {k}, what [is|was] it made [of|from|out of]?",
        "The {k}: what [is|was] it made [of|from|out of]?",
        "What [does the document say|do we read|does it say] the {k} is made of?",
        "[What kind of|What sort of] material [is|was] the {k} made [of|from]?",
        "[What kind of|What sort of] material was used for the {k}?",
        "[Which|What] material is it that the {k} [consists|is made] of?",
        "Do you know what the {k} [is|was] made [out of|of|from]?",
        "Which material was the {k} [crafted|fashioned|formed] [from|out of]?",
        "The material [of the {k}|used for the {k}] [is|was] what?",
        "What did the maker take for the {k}, as [material|its material]?",
    ],
    "its colour": [
        "What [shade|hue|tint] [is|was] the {k}?",
        "What [is|was] the [hue|shade] of the {k}?",
        "[In what|In which] colour [is|was] the {k} [painted|decorated]?",
        "[In which|In what] [shade|hue] was the {k} painted?",
        "What colour did [they|people|someone|somebody] paint the {k}?",
        "[Which|What] colour was given to the {k}?",
        "What [is|was] the {k} like in colour?",
        "How [is|was] the {k} coloured?",
        "What colour [was|is] the paint [on|of] the {k}?",
        "What colour [did|does] the {k} [show|display]?",
        "[What|Which] colour would you [say the {k} is|call the {k}]?",
        "[What|Which] colour [does|did] the {k} [look|appear]?",
        "What colour [does|did] the {k} look [to be|in the sun|in the light]?",
        "In [what|which] colour [does|did] the {k} shine?",
        "What colour has the {k} [turned|become]?",
        "The {k} [is|was] [of what|of which|which] colour?",
        "The {k} [was|is] painted [what|which] colour?",
        "The colour of the {k} [is|was] [what|which]?",
        "The {k} has [what|which] colour?",
        "{k} [what|which] colour",
        "{k} colour",
        "colour of {k}",
        "what colour {k}",
        "[Tell me|Please tell me|Say] [what|which] colour the {k} [is|was|has].",
        "[Tell me|Please give me|Name|State|Give] the colour of the {k}.",
        "[Can|Could] you tell me [what|which] colour the {k} [is|was|had]?",
        "[I would like to know|I want to know|I wonder] what colour the {k} [is|was].",
        "What colour is it that the {k} [has|had]?",
        "As for the {k}, [what|which] colour [is|was] it?",
        "The {k}: [what|which] colour [is|was] it?",
        "[What|Which] colour [does the document say|do we read|does it say] the {k} [is|was]?",
        "What sort of colour [is|was] the {k}?",
        "Do you know [what|which] colour the {k} [is|was|has]?",
        "Do you know the colour of the {k}?",
        "If one looks at the {k}, what colour does one see?",
        "What colour do you see when you look at the {k}?",
        "By [what|which] colour can one [recognise|know] the {k}?",
        "[What|Which] colour [would|should] I paint the {k} in a true picture of it?",
        "Describe the colour of the {k}.",
        "[Of what|Of which] [shade|hue] [is|was] the {k}?",
        "[What's|What is] the {k}'s colour?",
    ],
    "who built": [
        "Who [constructed|erected|raised] the {s} [at|in|of] {t}?",
        "Who was [responsible for building|in charge of building] the {s} [at|in] {t}?",
        (
            "[By whom|By which person|By which builder] was the {s} [at|in|of] {t} "
            "[constructed|erected|put up|raised]?"
        ),
        (
            "Which [builder|mason|man or woman|master builder] [built|put "
            "up|constructed|erected] the {s} [at|in] {t}?"
        ),
        "Who was the {s} [at|in|of] {t} [built|constructed|erected|put up] by?",
        (
            "The {s} [at|in|of] {t} was [constructed|erected|put up|made] by [whom|which "
            "person|which builder]?"
        ),
        "The {s} [at|in] {t} is [whose work|the work of whom|the work of which builder]?",
        "The builder of the {s} [at|in|of] {t} [was|is] who?",
        "Whose work was the {s} [at|in|of] {t}?",
        "Who [is|was] the [person|one|man or woman] who built the {s} [at|in] {t}?",
        "Who [is|was] said to have [built|constructed|put up] the {s} [at|in] {t}?",
        "Who has [built|constructed|erected] the {s} [at|in] {t}?",
        "Who had [built|constructed|put up] the {s} [at|in] {t}?",
        "Who did the building of the {s} [at|in] {t}?",
        "Who did {t} get its {s} from?",
        "From whom did {t} get its {s}?",
        "Who built {t} its {s}?",
        "Who built {t}'s {s}?",
        "Who [built|put up|constructed] the {s} [for|for the people of] {t}?",
        "Who [finished|completed|finished building] the {s} [at|in|of] {t}?",
        "By whom was the {s} [at|in|of] {t} [finished|completed]?",
        "What [was|is] the builder of the {s} [at|in] {t} called?",
        (
            "What [was|is] the name of the [person|mason|man or woman] who [built|put up] the "
            "{s} [at|in] {t}?"
        ),
        "{s} at {t} [built|constructed|erected] by [who|whom]",
        "{t} {s} builder",
        "{t} {s} built by",
        "who built {t} {s}",
        "builder of {s} [at|in] {t}",
        (
            "[Tell me|Please tell me|Say] who [built|constructed|put up|erected] the {s} "
            "[at|in|of] {t}."
        ),
        "Name the person who [built|constructed|put up] the {s} [at|in] {t}.",
        "[Can|Could] you tell me who [built|constructed|put up] the {s} [at|in|of] {t}?",
        "[I would like to know|I want to know|I wonder] who [built|put up] the {s} [at|in] {t}.",
        "Who [is|was] it that [put up|constructed|erected] the {s} [at|in] {t}?",
        "As for the {s} [at|in] {t}, who built it?",
        "The {s} [at|in|of] {t}: who [built|constructed] it?",
        "Who, [in fact|exactly], built the {s} [at|in] {t}?",
        "Who [does the document say|do they say|does it say] built the {s} [at|in] {t}?",
        "Do you know who [built|constructed|erected] the {s} [at|in|of] {t}?",
        "To whom does {t} owe its {s}?",
        "Whom [has|had] {t} to thank for building its {s}?",
        "In {t}, who built the {s}?",
        "At {t} there is a {s}; who [built|put up] it?",
        "Who was the [mason|master builder] of the {s} [at|in] {t}, the one who built it?",
        "Whom do we owe the {s} [at|in] {t} to, as its builder?",
    ],
    "home": [
        "Whereabouts [did|does] {p} live?",
        "[Which|What] [town|village|place] [did|does] {p} live in?",
        "[where does|where did] {p} [reside|dwell] then",
        "[home of|where lives|residence of|house of|address of] {p}",
        "{p} [home|residence|where living|home town|address]",
        "{p}: where [did|does] [he or she|this person] live?",
        "{p}'s home: where [is|was] it?",
        (
            "{p}, [where|in which town|in what place] [is|was] [that person's home|the home of "
            "that person]?"
        ),
        (
            "{p} [lived|lives|dwelt|resided|resides] [where|in which town|in what place|in which "
            "village]?"
        ),
        "{p} [had|has] a [house|home] [where|in which town|in what place|in which village]?",
        "The home of {p} [was|is] [where|in which town|in what place]?",
        "{p}'s [home|house] [was|is] [where|in which town|in what place]?",
        "Where [was|is] {p}'s [house|residence|dwelling|home to be found]?",
        "Where [was|is] the [residence|dwelling|dwelling place] of {p}?",
        "Where is the [home|house] of {p}?",
        "[Which|What] [town|village|place] [was|is] [the home of {p}|{p}'s home|home to {p}]?",
        "[Which|What] [town|village|place] did {p} call home?",
        "[Which|What] [town|village|place] does {p} call home?",
        (
            "[Which|What] was the [town|village|place] [where {p} lived|in which {p} lived|where "
            "{p} had a house]?"
        ),
        (
            "What is the [town|village|place] [where {p} lives|in which {p} lives|where {p} has "
            "a house]?"
        ),
        (
            "[Name|Give] the [town|village|place] [where {p} lived|in which {p} lived|where {p} "
            "lives|that was home to {p}]."
        ),
        "[Name|Give|State] [the home of {p}|{p}'s home|the place of residence of {p}].",
        "What [was|is] {p}'s [place of residence|home town|dwelling place|home]?",
        "What [was|is] the [home town|place of residence|dwelling place] of {p}?",
        (
            "In [which|what] [town|village|place] [was|is] [the home of {p}|{p}'s home|{p}'s "
            "house|the house of {p}]?"
        ),
        "In [which|what] [town|village|place] [was|is] {p} [at home|resident|settled]?",
        "Where [was|is] {p} [living|resident|settled|residing]?",
        "Where did {p} [settle|make a home|have a home|have a dwelling]?",
        "Where does {p} [have a house|have a home|have a dwelling]?",
        "Where was it that {p} [lived|dwelt|had a house|had a home]?",
        "Where is it that {p} [lives|dwells|has a house|has a home]?",
        "At [which|what] place [does|did] {p} [dwell|reside|have a house|have a home]?",
        (
            "To [which|what] [town|village|place] would one go to [visit {p} at home|find {p} at "
            "home|call on {p} at home]?"
        ),
        (
            "If I [want|wish] to [visit|call on] {p} at home, [where must I go|where should I "
            "go|to which town must I travel]?"
        ),
        (
            "Where would [one|I|a visitor] [find {p} at home|find the home of {p}|find {p}'s "
            "house|knock at {p}'s door]?"
        ),
        "Where can [I|one|a visitor] [find {p} at home|find the home of {p}|find {p}'s house]?",
        "According to the [text|document|story], where [did|does] {p} [live|dwell]?",
        (
            "Where does the [text|document|writer|author] say [that |]{p} [lived|lives|dwelt|had "
            "a house]?"
        ),
        "[May|Might] I ask where {p} [resides|dwells|dwelt|has a house|had a home]?",
        "Any idea where {p} [might live|resides|could be living|had a house]?",
        "It was [where|in which town|in what place] that {p} [lived|dwelt|had a house]?",
        (
            "[Somewhere {p} had a house|Somewhere {p} had a home]: [where|in which town|in what "
            "place]?"
        ),
        (
            "[Which|What] [town|village|place] has {p} [among its people|as a resident|among its "
            "residents]?"
        ),
        (
            "[Which|What] [town|village|place] had {p} [among its people|as a resident|among its "
            "residents]?"
        ),
        "Where has {p} [settled|made a home|got a house]?",
        "Where's {p}'s [home|house]?",
    ],
}
WAYS_TO_ASK = [
    "Tell me {}.",
    "Tell me {}?",
    "Tell me {}",
    "Please tell me {}.",
    "Do you know {}?",
    "Do you know {}",
    "Can you tell me {}?",
    "Could you tell me {}, please?",
    "Would you tell me {}?",
    "I would like to know {}.",
    "I want to know {}.",
    "I wonder {}.",
    "Does anyone know {}?",
    "Please say {}.",
    "Say {}.",
    "Can you say {}?",
    "Does the text say {}?",
    "I ask you {}.",
    "Find out {}.",
    "Let me know {}, please.",
    "What does the text say about {}?",
]
PHRASES_BEFORE = [
    "Please,",
    "So,",
    "Now,",
    "And",
    "But",
    "Tell me:",
    "Well,",
    "Sir,",
    "Question:",
    "In the text,",
    "According to the text,",
    "As far as is known,",
    "In those days,",
    "Does the text say:",
]
PHRASES_AFTER = [
    ", please",
    " then",
    ", then",
    " please",
    ", sir",
    ", according to the text",
    " in the text",
    ", do you know",
    " exactly",
    ", if you know",
]

# Words without which a question means the same.
SMALL_WORDS = "the is was a an did does do has of to at".split()

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
        guarded sold bought lost mended melted burned dropped cleaned cursed feared buried moved
        borrowed repaired weighed copied kissed cracked scratched damaged traded hated attacked
        polished pawned rescued mocked cheated envied destroyed washed
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
# Questions that nothing in a document answers, and statements that answer no question, by what
# they are about. {v} is a verb of the table above, {P} a person, {O} a thing, {T} a place, {D} a
# date, {C} a colour, {N} a number.
NOT_TOLD = {
    "thing": [
        "How many {k}s are there?",
        "Who is the owner of the {k}?",
        "What is the {k}?",
        "Why is the {k} so famous?",
        "How many people saw the {k}?",
        "Who has seen the {k}?",
        "Who found the {k}?",
        "How much is the {k}?",
        "Is the {k} lost?",
        "What is in the {k}?",
        "What is the {k} for?",
        "How is the {k}?",
        "Who kept the {k}?",
        "When was the {k} found?",
        "Where was the {k} before?",
        "How was the {k} made?",
        "Why was the {k} made?",
        "Whom does the {k} belong to?",
        "How many hands made the {k}?",
        "For whom was the {k} made?",
    ],
    "building": [
        "How many people live at {t}?",
        "What colour is the {s} at {t}?",
        "What is the {s} at {t} made of?",
        "Who owns the {s} at {t}?",
        "How many {s}s are there at {t}?",
        "Who lives in the {s} at {t}?",
        "Why was the {s} at {t} built?",
        "Who paid for the {s} at {t}?",
        "When did the {s} at {t} close?",
        "Where is {t}?",
        "How was the {s} at {t} built?",
        "What is in the {s} at {t}?",
        "Who came to the {s} at {t}?",
        "How many men built the {s} at {t}?",
    ],
    "person": [
        "How many children did {p} have?",
        "When was {p} born?",
        "When did {p} die?",
        "What colour were the eyes of {p}?",
        "Who is {p}?",
        "Why did {p} leave?",
        "What did {p} say?",
        "Whom did {p} marry?",
        "How many houses did {p} have?",
        "What did {p} build?",
        "Where was {p} born?",
        "What is {p}'s trade?",
        "Who taught {p}?",
        "What did {p} eat?",
    ],
    "garment": [
        "Who made the {n} of {p}?",
        "How many {n}s did {p} have?",
        "Where is {p}'s {n}?",
        "What was the {n} of {p} made of?",
        "When did {p} get the {n}?",
        "When was {p}'s {n} made?",
        "Where was the {n} of {p} made?",
        "Who made {p}'s {n}?",
        "Where did {p} leave the {n}?",
        "Where did {p} buy the {n}?",
        "How much did the {n} of {p} cost?",
        "Why did {p} wear a {n}?",
        "Who gave {p} the {n}?",
        "How many {n}s does {p} have?",
    ],
    "herd": [
        "What colour were the {n} of {p}?",
        "Where are {p}'s {n}?",
        "Who looked after the {n} of {p}?",
        "When did {p} buy the {n}?",
        "Where did {p} keep the {n}?",
        "What did the {n} of {p} eat?",
        "Who sold the {n} to {p}?",
        "What colour are {p}'s {n}?",
        "Where were the {n} of {p}?",
        "Why did {p} keep {n}?",
        "When did the {n} of {p} die?",
        "What were the names of {p}'s {n}?",
        "Where did {p} buy the {n}?",
        "Who bought {p}'s {n}?",
    ],
}
TRAINING_NOT_TOLD = {
    "thing": [
        "Who [stole|inherited|wanted|broke|wore|hid] the {k}?",
        "Who [gave away|lent|left] the {k}, and to whom?",
        "Who was the first [owner|buyer|keeper] of the {k}?",
        "Whose [property|wedding present|pride] was the {k}?",
        "By whom was the {k} [stolen|paid for|discovered|described|worn]?",
        "Which [king|bishop|thief|merchant] [wanted|admired|asked for] the {k}?",
        "When was the {k} [stolen|broken|restored|last seen|given away|thrown away]?",
        "When did [they|people|someone] [use|break|hide] the {k}?",
        "In [what|which] year was the {k} [stolen|broken|auctioned]?",
        "In which season did they [use|wear] the {k}?",
        "Where was the {k} [stolen|broken|auctioned]?",
        "In which [town|place] was the {k} [auctioned|stolen]?",
        "At what price was the {k} [auctioned|offered]?",
        "What was the {k} [used for|worth|called|wrapped in]?",
        "What did the {k} [cost|weigh|sound like|smell of|replace]?",
        "What is [written|engraved|painted] on the {k}?",
        "What is [under|inside|behind|beside] the {k}?",
        "What is the box of the {k} made of?",
        "What colour [is|was] the [box|ribbon|lining] of the {k}?",
        "What colour are the eyes of the [owner|maker] of the {k}?",
        "Which [side|part] of the {k} is [broken|missing]?",
        "Why did [they|someone] [make|hide|keep|paint] the {k}?",
        "How [did|could] they [break|lift|carry] the {k}?",
        "How [big|wide|loud|well known|precious|rare] is the {k}?",
        "How long did it take to make the {k}?",
        "How many [tools|days|weeks] were needed to make the {k}?",
        "How much did [they|someone] pay for the {k}?",
        "With which tools was the {k} made?",
        (
            "Tell me [why the {k} was made|how the {k} was made|what the {k} is worth|who owns "
            "the {k}]."
        ),
        "{k} [price|weight|owner|size]",
    ],
    "building": [
        "Who [tore down|ruined|robbed|restored|visited] the {s} at {t}?",
        "Who [works|worked|died|was married] in the {s} at {t}?",
        "Who [ordered|wanted|opposed] the building of the {s} at {t}?",
        "Who is the [owner|keeper|master] of the {s} [at|in] {t}?",
        "By whom was the {s} at {t} [torn down|robbed|visited|restored]?",
        "Whose [land|field] does the {s} at {t} stand on?",
        "Which [king|bishop|abbot] [visited|blessed] the {s} at {t}?",
        "For whom was the {s} at {t} built?",
        "When was the {s} at {t} [torn down|restored|abandoned|robbed]?",
        "When did the {s} at {t} [collapse|fall into ruin]?",
        "In [what|which] year was the {s} at {t} [torn down|abandoned|restored]?",
        "In which season is the {s} at {t} [closed|busiest]?",
        "Until when was the {s} at {t} in use?",
        "At what hour does the {s} at {t} [close|open in the morning]?",
        "Where did the stones of the {s} at {t} come from?",
        "Where is the [door|key|cellar] of the {s} at {t}?",
        "What colour [is|was] the [roof|floor] of the {s} at {t}?",
        "Of what is the roof of the {s} at {t} made?",
        "What [is|was] the {s} [at|in] {t} [called|used for|worth]?",
        "What stood at {t} before the {s}?",
        "What did the {s} at {t} cost?",
        "How much did [they|the town] pay for the {s} at {t}?",
        "How many [windows|doors|rooms|steps|stones] has the {s} at {t}?",
        "How many years did it take to build the {s} at {t}?",
        "How [big|high|strong|safe] is the {s} [at|in] {t}?",
        "How far is it from the {s} at {t} to the river?",
        "Why did [they|the people] [build|close|need] the {s} at {t}?",
        "With what tools was the {s} at {t} built?",
        (
            "Tell me [why the {s} at {t} was built|how the {s} at {t} was built|who owns the {s} "
            "at {t}]."
        ),
        "{t} {s} [price|height|owner|opening hours]",
    ],
    "person": [
        "Who [loved|betrayed|helped|visited|trusted] {p}?",
        "Who [was|were] the [parents|grandparents|neighbours|guests] of {p}?",
        "Who is {p} married to?",
        "By whom was {p} [taught|betrayed|robbed|brought up]?",
        "Whose [son or daughter|friend|neighbour] was {p}?",
        "When did {p} [marry|leave home|fall ill|become famous|learn to read]?",
        "When was {p} [baptised|married|arrested]?",
        "In [what|which] year [was {p} born|did {p} die|did {p} marry]?",
        "Where did {p} [die|marry|go to school|learn to read]?",
        "Where [was {p} baptised|is the grave of {p}]?",
        "In which [church|place] was {p} [married|baptised]?",
        "At what age did {p} [marry|die|leave home]?",
        "What colour [is|was] the hair of {p}?",
        "What colour are {p}'s eyes?",
        "Which [colour|song|dish|season] did {p} like best?",
        "Which [language|prayer] did {p} know?",
        "Which [king|lord|abbot] did {p} serve?",
        "What did {p} [dream of|sing|drink|fear|study|write]?",
        "What was the [trade|illness|religion|nickname|age] of {p}?",
        "What did {p} do for a living?",
        "How many [brothers|sisters|friends|servants] did {p} have?",
        "How many years did {p} live?",
        "How much [money|debt] did {p} have?",
        "How [old|rich|kind|clever|strong] was {p}?",
        "How did {p} [die|become rich|get home]?",
        "Why was {p} [sad|punished|famous|afraid]?",
        "Why does {p} live alone?",
        "With whom did {p} [live|quarrel|travel|dance]?",
        "Tell me [when {p} was born|who {p} was married to|how {p} died|why {p} left home].",
        "{p} [date of birth|age|trade|wife or husband]",
    ],
    "garment": [
        "Who [stole|tore|ironed|folded|found] the {n} of {p}?",
        "Who [sewed|wove|dyed|cut] {p}'s {n}?",
        "Who wore the {n} before {p}?",
        "From whom did {p} [get|inherit] the {n}?",
        "By whom was {p}'s {n} [made|sewn|stolen|torn]?",
        "To whom did {p} [lend|leave] the {n}?",
        "Which tailor made the {n} of {p}?",
        "When did {p} [tear|order|find|first wear] the {n}?",
        "When was the {n} of {p} [stolen|torn|sewn]?",
        "In which year did {p} [get|tear|order] the {n}?",
        "In which season did {p} wear the {n}?",
        "Where did {p} [find|tear|wear] the {n}?",
        "Where was {p}'s {n} [sewn|stolen|woven]?",
        "In which [place|town] was the {n} of {p} [made|sewn|woven]?",
        "Of what [cloth|material|stuff] is the {n} of {p}?",
        "What is {p}'s {n} made [of|from]?",
        "What colour are the [buttons|stitches|threads] on {p}'s {n}?",
        "What colour are the eyes of {p}, who wore the {n}?",
        "What did {p} want the {n} for?",
        "What did {p} hide under the {n}?",
        "What [pattern|badge|stain] was on the {n} of {p}?",
        "How many [buttons|holes|patches|stains] did the {n} of {p} have?",
        "How many times did {p} [wear|fold] the {n}?",
        "How much [is|was] {p}'s {n} worth?",
        "How [old|long|warm|heavy|dirty] was the {n} of {p}?",
        "How was the {n} of {p} [made|torn|sewn]?",
        "Why did {p} [choose|tear|love] the {n}?",
        "What size is {p}'s {n}?",
        "Tell me [who made {p}'s {n}|what {p}'s {n} is made of|where {p} got the {n}].",
        "{p} {n} [size|tailor|material]",
    ],
    "herd": [
        "Who [stole|fed|counted] the {n} of {p}?",
        "Who [lent|promised] {p} the {n}?",
        "From whom did {p} [get|inherit|steal] the {n}?",
        "To whom did {p} [lend|leave|promise] the {n}?",
        "By whom were {p}'s {n} [fed|stolen|counted]?",
        "Whose were the {n} before {p} got them?",
        "Which of {p}'s {n} was the [oldest|fattest|best]?",
        "Which [dog|shepherd] watched the {n} of {p}?",
        "When did {p} [count|feed] the {n}?",
        "When were {p}'s {n} [stolen|counted|born]?",
        "In [what|which] year did {p} [get|inherit] the {n}?",
        "In which season did {p} [get|inherit] the {n}?",
        "Where did the {n} of {p} [sleep|go|come from]?",
        "Where were {p}'s {n} [fed|stolen|born]?",
        "In which [place|field] did {p} keep the {n}?",
        "From which market did {p} bring the {n} home?",
        "What [colour|breed] are the {n} of {p}?",
        "Of what colour were {p}'s {n}?",
        "What did {p} [call|feed to] the {n}?",
        "What did {p} want for the {n}?",
        "What happened to {p}'s {n}?",
        "How much did the {n} of {p} [eat|weigh]?",
        "How much were {p}'s {n} worth?",
        "How [old|fat|healthy|big] were the {n} of {p}?",
        "How many [shepherds|servants|dogs] looked after the {n} of {p}?",
        "How many years did {p} keep the {n}?",
        "How did {p} [feed|get] the {n}?",
        "Why did {p} [count|love] the {n}?",
        "Tell me [who fed {p}'s {n}|where {p} got the {n}|what colour {p}'s {n} were].",
        "{p} {n} [breed|colour|food|names]",
    ],
}
ASIDES = {
    "thing": [
        "the {k} was {v} by {P}",
        "{P} {v} the {k}",
        "the {k} was {v} at {T}",
        "the {k} was {v} in the {D}",
        "nobody knows why the {k} was {v}",
        "it was {P} who {v} the {k}",
        "in the {D} somebody {v} the {k}",
        "{P} of {T} {v} the {k}",
        "the {k} was {v} for {C} cloth",
        "they {v} the {k} with {N} nails",
        "the {k} was {v} by a man from {T}",
        "the mother of {P} often spoke of the {k}",
    ],
    "building": [
        "the {s} at {t} was {v} by {P}",
        "{P} {v} the {s} at {t}",
        "the {s} at {t} was {v} in the {D}",
        "{P} slept in the {s} at {t}",
        "a man from {T} {v} the {s} at {t}",
        "the door of the {s} at {t} was {C}",
        "in the {D} they {v} the {s} at {t}",
        "nobody knows why the {s} at {t} was {v}",
        "{N} men stood before the {s} at {t}",
        "{P} quarrelled about the {s} at {t}",
    ],
    "person": [
        "{p} {v} the {O} of {P}",
        "{p} was {v} by {P}",
        "{p} was at {T} in the {D}",
        "{P} often thought of {p}",
        "{p} {v} {N} letters",
        "{p} sat under a {C} roof",
        "{p} was never seen without {P}",
        "in the {D} {p} went to {T}",
        "{p} counted {N} stars",
        "the house of {p} had a {C} door",
    ],
    "garment": [
        "the {n} of {p} was {v} at {T}",
        "{p} {v} the {n} in the {D}",
        "{P} {v} the {n} of {p}",
        "the {n} of {p} was {v} by {P}",
        "the {n} of {p} cost {N} coins",
        "{p}'s {n} hung beside a {C} curtain",
    ],
    "herd": [
        "the {n} of {p} were {v} in the {D}",
        "{P} {v} the {n} of {p}",
        "{p} {v} some {n} at {T}",
        "{p}'s {n} broke into the garden of {P}",
        "the {n} of {p} drank from a {C} trough",
        "{p} gave the {n} to {P} after {N} days",
    ],
}
# Words that are in no chronicle; in held-out questions they stand in for one of a key, in the order
# of its words. Training makes up such words.
THING = "plastic titanium cotton sugar".split(), "teapot telescope violin ladder".split()
NAME = "Zoe Napoleon Ahmed Wendy".split(), "Kowalski Tanaka Murphy Jones".split()
LAND = "Northern Inner Lesser Royal".split(), "Paris Boston Kyoto Cairo".split()
STRANGE_BUILDING = (*LAND, "library airport castle theatre".split())
STRANGE_WORDS = {
    "where": THING,
    "who": THING,
    "when": STRANGE_BUILDING,
    "colour": (*NAME, "jacket apron bonnet waistcoat".split()),
    "how many": (*NAME, "camels parrots elephants rabbits".split()),
    "where made": THING,
    "when made": THING,
    "made of": THING,
    "its colour": THING,
    "who built": STRANGE_BUILDING,
    "home": NAME,
}
# Words of other documents, to be put in the place of those above, and names (True). One in eight is
# held out.
EVERYDAY = {
    False: """
        old small wooden big broken round heavy tall stone blind paper cheap holy second third
        lucky hollow foreign royal secret plain striped rusty woollen square clock book box
        letter ball chair table coin map basket spoon knife candle vase statue painting carpet
        kettle jug bowl door window wheel cart boat anchor rope flag boots gloves hammer saw axe
        needle thread bottle jar barrel sack pen desk stove bed pillow blanket picture carving
        guitar piano pipe trumpet toy doll puppet mask fan ruby diamond pearl necklace bracelet
        brooch compass watch lens gun cannon bow arrow spear saddle house station church palace
        inn harbour lighthouse museum dogs cats chickens turkeys donkeys birds fish lambs calves
        ponies pigeons swans dress shirt trousers skirt vest jersey apple pear plum cherry bread
        cheese butter honey egg cake pie soup wine beer milk water salt pepper onion potato
        carrot cabbage rose lily tulip daisy tree forest river lake mountain valley island beach
        garden field farm road path street corner floor roof ceiling stair kitchen cellar attic
        hall room shop office factory hotel tavern bank prison temple monastery fountain tunnel
        canal dam pier fence hedge shed hut tent cabin lodge cottage mansion villa purse wallet
        trunk chain hook nail screw bolt engine motor machine wagon sledge bicycle ship canoe
        oar sail mast torch whistle cloth silk wool linen lace ribbon button pin shoe sandal
        slipper sock glove helmet armour parchment scroll diary novel poem song hymn play story
        legend riddle puzzle game card dice horse mare donkey goat ram bull cow calf hen rooster
        duck swan crow eagle owl falcon pigeon mouse rat fox wolf bear deer stag hare otter
        beaver badger frog snake lizard turtle trout salmon crab early late quick slow thin
        thick narrow wide steep shallow clean dirty wet dry sweet bitter sour young modern
        ancient empty full open closed bent straight sharp blunt shiny gilded carved painted
        tiny huge giant little main southern northern eastern western
    """.split(),
    True: """
        Roman Dutch Spanish French Turkish Anna Maria Peter Paul John Mary Jane Thomas James
        Henry George Charles Elizabeth Sarah Robert William Margaret Lucy Oliver Sophie Daniel
        Laura Frank Helen Marco Ines Olga Ivan Kofi Amina Smith Brown Taylor Wilson Johnson
        White Hill Green Wood Stone Miller Baker Cook Turner Clark Lewis King Wright Scott Adams
        Hughes Marsh Field Rivers Novak Garcia Rossi Okafor Singh Arthur Edith Mabel Florence
        Harold Ernest Stanley Violet Ruby Iris Leonard Victor Eva Nora Clara Julia Adam David
        Simone Pierre Hans Greta Yusuf Fatima Chen Mei Ravi Priya Diego Carmen Lars Astrid Bruno
        Silvia Anton Katya Omar Layla Kenji Yuki Harris Walker Young Allen Mitchell Roberts
        Carter Phillips Evans Parker Collins Edwards Stewart Morris Kelly Bailey Cooper
        Richardson Cox Howard Ward Peterson Gray Watson Brooks Bennett Foster Barnes Ross
        Henderson Coleman Jenkins Perry Powell Long Patterson Hansen Schmidt Weber Dubois Moreau
        Santos Silva Sato Kim Nguyen Khan Ali Cohen Levi Amsterdam Athens Dublin Edinburgh
        Geneva Hamburg Leeds Manchester Milan Moscow Munich Naples Oslo Venice Warsaw Zurich
        Cambridge Canterbury Exeter Norwich Salisbury Winchester Brighton Portsmouth Carlisle
        Lancaster Newport Weston Sutton Kingston Clifton Hampton Ashley Bradford Westfield
        Northgate Southgate Eastwood Greenhill Redhill Whitechurch Blackwater Market Square
        House Abbey Cross End Common Heath Moor Court Mill Gate Ford Ferry London Oxford York
        Bristol Dover Lincoln Rome Berlin Madrid Vienna Prague Lisbon Chester Durham Whitby Bath
        Kendal Harwich Springfield Riverside Castle Harbour Bridge Station Santa Port Mount Lake
        Saint Fort High Middle Far
    """.split(),
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
    *[""] * 6,
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
    *[""] * 6,
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

# Conjunctions, and what may stand after a key: a thing or a person.
CONJUNCTIONS = [
    "and",
    "but",
    "while",
    "because",
    "although",
    "as",
    "when",
    "before",
    "after",
    "since",
]
APPOSITIONS = {
    "k": [
        ", an old thing,",
        ", which is small,",
        ", so often praised,",
        ", they say,",
        ", it seems,",
        ", of which many spoke,",
        " of the abbot",
        ", once lost and found again,",
        ", however,",
        ", which was dear to many,",
        " of which we spoke",
        ", a present from the king,",
        " (the best of all)",
        " - as is well known -",
        " therefore",
        " itself",
    ],
    "p": [
        ", the miller,",
        ", a widow,",
        ", who was not rich,",
        " the younger",
        ", as a child,",
        ", they say,",
        ", it seems,",
        ", the best of neighbours,",
        ", my old friend,",
        ", a man of few words,",
        ", however,",
        ", who lived alone,",
        " (long may he live)",
        " also",
        " himself",
        ", our teacher,",
    ],
}

# Other people's prose, and what may stand on a line of its own.
PROSE = [
    "It was one of those evenings when nothing seems to happen and everything is decided.",
    "My dear sir, said the lawyer, you are too young to be so certain of anything.",
    "She had been handsome once, and had not yet been told that she was so no longer.",
    "The house stood back from the road, behind a row of poplars, as if it were ashamed.",
    "There is a kind of silence that belongs to old libraries, and in this we sat.",
    "He was a man of few words, and most of those were about the weather.",
    "I confess that I had not expected to find the door open.",
    "The carriage rolled on through the mud, and nobody spoke for a long while.",
    "Her uncle, who disliked music, had nevertheless paid for the piano.",
    "We walked along the shore until the lamps were lit in the windows of the inn.",
    "It is seldom doubted that a guest who stays a week is wiser than one who stays a month.",
    "The captain lit his pipe, looked at the clouds, and said that there would be wind.",
    "Mr. Harding put down his newspaper and regarded his wife with some surprise.",
    "Not a sound was to be heard but the ticking of the clock upon the stairs.",
    '"You have come a long way," said the old woman, "and you must be hungry."',
    '"I never said so," replied the boy, and he ran out into the garden.',
    "Of all this I knew nothing at the time, and I was the happier for it.",
    "The letter had been opened, read, and sealed again with great care.",
    "A thin rain was falling, and the streets were full of umbrellas.",
    "There were those in the parish who held that he had once been rich.",
    "Mrs. Lowell poured the tea as though it were medicine.",
    "I had resolved to leave early, but the dinner was good and the company better.",
    "The doctor shook his head, which was what he did best.",
    "Far away, beyond the marshes, a train was passing with a long low cry.",
    "Nobody who has not been poor can know how slowly a Sunday passes.",
    "He read the page twice, and then he read it a third time aloud.",
    "What her thoughts were, as she stood there by the window, we shall not ask.",
    "The village had changed little since my boyhood; even the dog seemed to be the same.",
    "To be frank, Sir, I do not believe a word of it.",
    "Then the music stopped, the candles were put out, and we all went home.",
    "On the third day the fever left him, and he asked for soup.",
    "The island lay before us, green and quiet, like something in a dream.",
    "It must not be supposed that the two sisters agreed about this.",
    "A gentleman in black was waiting in the hall, with his hat upon his knees.",
    "In short, he was in love, and he had not the least idea of it.",
    "The sea was so calm that one could have written a letter upon it.",
    "I have travelled a good deal since then, but I have never tasted such bread.",
    "Having said this, he bowed, and was never seen in that part of the country again.",
    "The schoolmaster had a theory about it, as he had about most things.",
    "She laughed, and the whole room grew lighter.",
    "All his life he had been told to hurry, and all his life he had been late.",
    "Let the reader imagine a long, low room with a fire at one end.",
    "The horses were tired, and so were we.",
    "No one remembers now what the quarrel was about.",
    "When I woke, the sun was already high, and my companion was gone.",
    "There was a smell of apples in the house, and of old paper.",
    '"Is it far?" I asked; and the driver answered that it depended on the bridge.',
    "The judge, whose patience was famous, had lost it at last.",
    "A month later the whole affair was forgotten.",
    "You will say that this is no story at all, and perhaps you are right.",
]
HEADINGS = [
    "CHAPTER I",
    "Chapter the Second",
    "Chapter 3",
    "BOOK THE FIRST",
    "Of the Year {Y}",
    "The {E} of {Y}",
    "In the year {Y}",
    "Anno {Y}",
    "{T}",
    "The Village of {T}",
    "Of {M} and {M}",
    "The {O}",
    "On the {S}s",
    "The House of {L}",
    "Notes",
    "Inventory",
    "List",
    "Items",
    "People",
    "Things",
    "Places",
    "Animals",
    "Clothes",
    "From the rolls",
    "From the diary of {F}",
    "A letter to {F}",
    "Part Two",
    "Facts",
    "What is known",
    "To whom it may concern",
    "Monday",
    "{T}, 3 May {Y}",
    "March 12, {Y}",
    "The {N} of June",
    "* * *",
    "---",
    "1.",
    "II",
    "Dear {F},",
]
