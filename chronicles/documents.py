"""Documents with facts scattered through them, and questions about the facts.

A document is a run of sentences, some of which state facts. They are of eleven kinds. Chronicles,
long and full of narrative, have the first five:

    where       The silver key, so the clerk writes, was kept at Upper Marling.
    who         It was Alda Brook who made the oak chest.
    when        The bridge at Upper Wick was finished in the spring of 1312.
    colour      Alda Brook came to the feast in a dark green cloak.
    how many    In those years Alda Brook kept forty two goats.
    where made  The silver key was made at Great Ashford.
    when made   The silver key dates from the winter of 1340.
    made of     The silver key is made of solid lead.
    its colour  The silver key is pale blue.
    who built   The bridge at Upper Wick was built by Ivo Kemp.
    home        Alda Brook lived at Old Denby.

A fact belongs to a key of two words that vary independently (silver + key, Alda + Brook, Upper +
Wick). Other facts and the narrative share each of the two words, so that only both together find
the answer, and the same key can carry facts of other kinds, so that the wording of the question
matters too.

Other documents (`Layout`) have any or no narrative, other people's prose, headings, lists, facts
that touch, answers of one word, and statements about a key that answer no question.

A document comes with questions that it does not answer, too: for a key of which it has the words
but no such fact, for words that it does not have, for another kind of fact, or for what no
document tells. A question can be spelled in lower case, in upper case, with a letter doubled or as
in America, and words of document and question can be replaced by others.

Two splits never meet. Of every table of pairs, one pair in eight is held out, and so is one
combination in four of a statement's wording with a question's wording. "train" uses none of
these; "heldout" asks only about facts whose key, answer (where it is a pair) and combination of
wordings are all held out. So are one combination in four of a wording and a word for what no
document tells, and one in eight of the words that replace others. Only in training other words
stand around a question ("Do you know where the silver key is?").

Everything is a function of the seed. Only the standard library is used.
"""

import argparse
import random
import re
from dataclasses import dataclass, field
from typing import NamedTuple

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
        "How old is the {k}?",
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
DATE = SEASONS, YEARS
COLOUR = SHADES, COLOURS
NUMBER = TENS, UNITS
ANSWERS = {
    "where": PLACE,
    "who": PERSON,
    "when": DATE,
    "colour": COLOUR,
    "how many": NUMBER,
    "where made": PLACE,
    "when made": DATE,
    "made of": (QUALITIES, MATERIALS),
    "its colour": COLOUR,
    "who built": PERSON,
    "home": PLACE,
}
# What the kinds are about, and the tables that its words come from: a pair, for some with a noun.
SUBJECTS = {
    "where": "thing",
    "who": "thing",
    "when": "building",
    "colour": "garment",
    "how many": "herd",
    "where made": "thing",
    "when made": "thing",
    "made of": "thing",
    "its colour": "thing",
    "who built": "building",
    "home": "person",
}
SUBJECT_KEYS = {
    "thing": (SUBSTANCES, OBJECTS),
    "building": PLACE,
    "person": PERSON,
    "garment": PERSON,
    "herd": PERSON,
}
SUBJECT_NOUNS = {"building": STRUCTURES, "garment": GARMENTS, "herd": ANIMALS}
KEYS = {kind: SUBJECT_KEYS[subject] for kind, subject in SUBJECTS.items()}
NOUNS = {
    kind: SUBJECT_NOUNS[subject] for kind, subject in SUBJECTS.items() if subject in SUBJECT_NOUNS
}


def join_answer(kind, pair):
    """The pair as an answer of the kind: two words, or "season of year"."""
    return (" of " if ANSWERS[kind] is DATE else " ").join(pair)


def draw_answer(rng, kind, held_out, words):
    """An answer of the kind: two words, or "season of year"."""
    return join_answer(kind, draw_pair(rng, *ANSWERS[kind], held_out, words))


def draw_short_answer(rng, kind, words):
    """An answer of one word."""
    table_a, table_b = ANSWERS[kind]
    if ANSWERS[kind] is NUMBER:
        return rng.choice([rng.choice(SMALL_NUMBERS), str(rng.randrange(2, 200))])
    if ANSWERS[kind] is PERSON:
        return rng.choice(table_a[:words])
    return rng.choice(table_b[:words])


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


def aside(rng, kind, key, words):
    """A statement about a key that answers no question, and its verb ("" if it has none)."""
    template = rng.choice(ASIDES[SUBJECTS[kind]])
    verb = rng.choice(OTHER_WORDS["verb"])
    pairs = {"P": PERSON, "T": PLACE, "C": COLOUR, "N": NUMBER, "O": (SUBSTANCES, OBJECTS)}
    others = {slot: " ".join(draw_pair(rng, *pair, None, words)) for slot, pair in pairs.items()}
    others["D"] = " of ".join(draw_pair(rng, *DATE, None, words))
    text = fill(template, key, v=verb, **others)
    return text, verb if "{v}" in template else ""


def capitalised(text):
    return text[:1].upper() + text[1:]


def clause(rng, words):
    """A narrative sentence without its capital letter and full stop."""
    template = rng.choice(NARRATIVE)
    text = narrative(rng, template, words=words).removesuffix(".")
    return text if template.startswith("{") else text[0].lower() + text[1:]


def statement(rng, wording, kind, key, answer, words=None, layout=None):
    """What states a fact, without capital letter and full stop, and the offset of the answer in it.

    With a layout openings and closings may be missing, or be of clauses of the narrative.
    """
    opening, closing = "", ""
    if layout is None or rng.random() < layout.adorned:
        opening, closing = rng.choice(OPENINGS), rng.choice(CLOSINGS)
    if layout and rng.random() < layout.clauses:
        if rng.random() < 0.5:
            opening = f"{rng.choice(CONJUNCTIONS)} {clause(rng, words)}, "
        else:
            closing = f", {rng.choice(CONJUNCTIONS)} {clause(rng, words)}"
    if layout and rng.random() < layout.clauses:
        subject = "{k} " if "{k} " in wording else "{p} "
        wording = wording.replace(subject, subject[:-1] + rng.choice(APPOSITIONS[subject[1]]) + " ")
    if ANSWERS[kind] is DATE and answer.isdigit():
        wording = wording.replace("the {a}", "{a}")  # in the spring of 1312, but in 1312
    before, after = wording.split("{a}")
    before = opening + fill(before, key)
    if before.endswith(" a ") and answer[0] in "aeiou":
        before = before[:-1] + "n "
    return before + answer + fill(after, key) + closing, len(before)


def count_words(text):
    """Words and punctuation marks."""
    return len(re.findall(r"\w+|[^\w\s]", text))


class Layout(NamedTuple):
    """What stands between the facts of a document that is not a chronicle."""

    fillers: float = 0  # sentences between two facts, on average, as long as there is room
    adorned: float = 0  # the part of the facts with openings and closings
    clauses: float = 0  # the part of those with other clauses before, after and within
    separators: tuple = (" ",)  # between two sentences; {i} is the number of the sentence
    stop: str = "."  # at the end of a fact
    prose: float = 0  # the part of other people's prose in the fillers
    headings: float = 0  # lines of their own, for each fact
    asides: float = 0  # statements about a key that answer no question, for each fact
    joined: float = 0  # the part of the facts that stand in one sentence with the last one
    short: float = 0  # the part of the answers that are one word


SEPARATORS = [
    (" ",),
    (" ", " ", " ", "\n"),
    (" ", " ", " ", "\n\n"),
    ("\n",),
    ("\n\n",),
    ("\n- ",),
    ("\n* ",),
    ("\n{i}. ",),
    ("\n{i}) ",),
    ("\n   ",),
    ("  ",),
    (" ", "\n", "\n\n", "\n- "),
]


def draw_layout(rng):
    """Any layout: each of its parts is absent from many documents."""
    separators = rng.choice(SEPARATORS[:1] * 4 + SEPARATORS)
    return Layout(
        fillers=rng.choice([0, 0, 0, 0.3, 1, 2, 4]),
        adorned=rng.choice([0, 0, 0.5, 1]),
        clauses=rng.choice([0, 0, 0, 0.2]),
        separators=separators,
        stop=rng.choice([".", ".", "", ";"]) if "\n" in separators[0] else ".",
        prose=rng.choice([0, 0.3, 1]),
        headings=rng.choice([0, 0, 0.2, 0.5]),
        asides=rng.choice([0, 0, 0.2, 0.5]),
        joined=rng.choice([0, 0, 0.3]),
        short=rng.choice([0, 0.2, 0.5]),
    )


# --------------------------------------------------------------------------------------------------
# Questions that a document does not answer, made-up words, and other spellings of questions.

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


def new_word(rng, is_name, split):
    """A word of EVERYDAY that belongs to the split, or in training a made-up one."""
    if split == "train" and rng.random() < 0.5:
        return made_up(rng).capitalize() if is_name else made_up(rng)
    at = rng.randrange(len(EVERYDAY[is_name]))
    if (at % 8 == 0) != (split == "heldout"):
        return new_word(rng, is_name, split)
    return EVERYDAY[is_name][at]


def ask_for_another_kind(rng, key, kind, held_out, avoided=()):
    """A question of OTHER_QUESTIONS or of NOT_TOLD.

    held_out: True, False, or None for one with a made-up word; avoided: words that it may not ask
    for, or templates of NOT_TOLD
    """
    subject = SUBJECTS[kind]
    if held_out is not None and rng.random() < 0.6:
        templates = [
            template
            for i, template in enumerate(NOT_TOLD[subject])
            if is_held_out_wording(i, 0) == held_out
        ]
        return fill(rng.choice(templates), key)
    group = {"thing": "object", "building": "structure"}.get(subject, "person")
    wordings = [
        i for i, template in enumerate(OTHER_QUESTIONS[group])
        if subject != "person" or "{n}" not in template
    ]  # fmt: skip
    wording = rng.choice(wordings)
    template = OTHER_QUESTIONS[group][wording]
    (slot,) = [name for name in OTHER_WORDS if f"{{{name}}}" in template]
    words = [
        word
        for i, word in enumerate(OTHER_WORDS[slot])
        if is_held_out_wording(wording, i) == held_out and word not in avoided
    ]
    return fill(template, key, **{slot: rng.choice(words or [made_up(rng)])})


def worded(rng, kind, key, wording, split):
    """A question: that of QUESTIONS[kind] with the number `wording`, or beyond their end one of
    INDIRECT; in training with other words around it, too."""
    direct = len(QUESTIONS[kind])
    if wording >= direct:
        return rng.choice(WAYS_TO_ASK).format(fill(INDIRECT[kind][wording - direct], key))
    text = fill(QUESTIONS[kind][wording], key)
    if split == "heldout" or rng.random() < 0.6:
        return text
    text = text.removesuffix("?")
    if rng.random() < 0.5:
        first, _, rest = text.partition(" ")
        first = first.lower() if first not in key and not first.endswith("'s") else first
        text = f"{rng.choice(PHRASES_BEFORE)} {first} {rest}"
    if rng.random() < 0.5:
        text += rng.choice(PHRASES_AFTER)
    return text + rng.choice(["?", "?", "?", "", "."])


def unanswerable(rng, facts, text, split, verbs=()):
    """One question of each kind of UNANSWERABLE, as far as the document has the words for it.

    facts: the (kind, key) that the text states; verbs: those that asides use
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
                strange = [new_word(rng, table[0].istitle(), split)]
            found["strange"] += [(kind, key[:at] + (word,) + key[at + 1 :]) for word in strange]
        if is_own_key(kind, key, held_out):
            found["no kind"].append((kind, key))
            found["another kind"] += [
                (other_kind, key)
                for other_kind, subject in SUBJECTS.items()
                if subject == SUBJECTS[kind] and (other_kind, key) not in facts
            ]
    found["no word"] = found["no kind"]
    questions = []
    for name, keys in found.items():
        if not keys:
            continue
        kind, key = rng.choice(keys)
        if name == "no kind":
            text = ask_for_another_kind(rng, key, kind, held_out, verbs)
        elif name == "no word":
            text = ask_for_another_kind(rng, key, kind, None)
        else:
            wording = rng.randrange(number_of_wordings(kind, split))
            text = worded(rng, kind, key, wording, split)
        questions.append(Question(text, "", name))
    return questions


def number_of_wordings(kind, split):
    """How many questions of the kind there are; the indirect ones are of training alone."""
    return len(QUESTIONS[kind]) + (len(INDIRECT[kind]) if split == "train" else 0)


def renamed(rng, questions, texts, part=0.25, split="train"):
    """The texts with a part of the words that the questions' facts are made of replaced by made-up
    ones or by words of EVERYDAY, the same word by the same one everywhere."""
    words = [word for question in questions for word in question.key]
    words += [word for question in questions for word in question.answer.split()]
    names, taken = {}, set(re.findall(r"\w+", " ".join(texts).lower()))
    for word in dict.fromkeys(words):
        if word.isalpha() and word != "of" and rng.random() < part:
            new = new_word(rng, word.istitle(), split)
            if new.lower() in taken:
                continue
            taken.add(new.lower())
            if rng.random() < 0.15:  # two words for one
                new = f"{new} {new_word(rng, word.istitle(), split)}"
            names[word] = new
            names[word.capitalize()] = capitalised(names[word])  # at the beginning of a sentence
    return [re.sub(r"\w+", lambda word: names.get(word[0], word[0]), text) for text in texts]


def shortened(key, texts):
    """The texts with a key of two words and nothing else made one of a single word, or as they are
    if this word is part of anything else in them."""
    first, last = key[:2]
    kept = first if last in FAMILY_NAMES else last
    places = [re.findall(rf"\b{kept}\b", text, re.IGNORECASE) for text in texts]
    pairs = [re.findall(rf"\b{first} {last}\b", text, re.IGNORECASE) for text in texts]
    if [len(found) for found in places] != [len(found) for found in pairs]:
        return texts

    def short(pair):
        return capitalised(kept) if pair[0][0].isupper() else kept

    return [re.sub(rf"\b{first} {last}\b", short, text, flags=re.IGNORECASE) for text in texts]


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


def american(text):
    """The text in American spelling, as far as its words have another one."""
    for british, spelling in (("olour", "olor"), ("(?<=[gG])rey", "ray"), ("eighbour", "eighbor")):
        text = re.sub(british, spelling, text)
    return text


# --------------------------------------------------------------------------------------------------


@dataclass
class Fact:
    """What a document is to state: a sentence without capital letter and full stop."""

    text: str
    offset: int  # of the answer
    question: Question | None


def draw_facts(rng, facts, kinds, split, words, layout):
    """{(kind, key): Fact}

    Many of the facts are there to mislead: each shares all but one word of the key with an earlier
    fact, or its whole key if the kind differs.
    """
    short = layout.short if layout else 0
    stated = {}
    while len(stated) < facts:
        # Training draws from its own pairs alone; the held-out split asks about held-out pairs,
        # and a fact that only misleads may have any.
        asked = split == "train" or not stated or rng.random() < 0.5
        held_out = (split == "heldout") if asked else None
        kind, key = rng.choice(kinds), None
        if stated and rng.random() < 0.5:
            others = [one for one in stated if layout is None or SUBJECTS[one[0]] == SUBJECTS[kind]]
            other_kind, other_key = rng.choice(others) if others else (None, None)
            if others and SUBJECTS[other_kind] == SUBJECTS[kind]:
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
        if rng.random() < short:
            answer = draw_short_answer(rng, kind, words)
        else:
            answer = draw_answer(rng, kind, held_out, words)
        text, offset = statement(
            rng, STATEMENTS[kind][wording], kind, key, answer, words, layout)  # fmt: skip
        question = None
        if asked and is_own_key(kind, key, split == "heldout"):
            choices = [
                i
                for i in range(number_of_wordings(kind, split))
                if is_held_out_wording(wording, i) == (split == "heldout")
            ]
            asked_as = worded(rng, kind, key, rng.choice(choices), split)
            question = Question(asked_as, answer, kind, key)
        stated[kind, key] = Fact(text, offset, question)
    return stated


def in_any_order(rng, items):
    """The items again and again, each time in another order."""
    while True:
        yield from rng.sample(items, len(items))


def chronicle_pieces(rng, facts, length, count, fill_in):
    """[(what stands before it, Fact or sentence)]: narrative as far as there is room, and facts at
    random places in it, at most one between two sentences."""
    tokens = sum(count(f" {fact.text}.") for fact in facts)
    fillers, templates = [], in_any_order(rng, NARRATIVE)
    while True:
        # A paragraph ends after about six sentences, and the next begins with narrative too.
        gap = "" if not fillers else "\n" if rng.random() < 0.25 else " "
        sentence = fill_in(next(templates))
        tokens += count(gap + sentence)
        if tokens > length:
            break
        fillers.append((gap, sentence))
    if len(fillers) < len(facts):
        raise ValueError(
            f"length: {len(facts)} facts with narrative between them do not fit into {length} "
            "tokens"
        )
    places = set(rng.sample(range(len(fillers)), len(facts)))
    remaining, pieces = iter(facts), []
    for i, filler in enumerate(fillers):
        pieces.append(filler)
        if i in places:
            pieces.append((" ", next(remaining)))
    return pieces


def layout_pieces(rng, facts, length, count, fill_in, layout, asides):
    """As chronicle_pieces, as the layout says."""
    room = length - sum(count(f" {fact.text}.") + 4 for fact in facts)
    if room < 0:
        raise ValueError(f"length: {len(facts)} facts do not fit into {length} tokens")
    narrative_templates, prose = in_any_order(rng, NARRATIVE), in_any_order(rng, PROSE)
    headings, asides = in_any_order(rng, HEADINGS), iter(asides)
    pieces = []

    def add(gap, sentence):
        nonlocal room
        cost = count(" " + sentence) + 4
        if cost <= room:
            room -= cost
            pieces.append((gap, sentence))

    for i in range(len(facts) + 1):
        extra = []
        if rng.random() < layout.headings:
            extra.append(("heading", fill_in(next(headings))))
        if layout.fillers and (0 < i < len(facts) or rng.random() < 0.5):
            for _ in range(round(rng.expovariate(1 / layout.fillers))):
                templates = prose if rng.random() < layout.prose else narrative_templates
                extra.append(("filler", fill_in(next(templates))))
        if rng.random() < layout.asides:
            extra += [("filler", text) for text in [next(asides, "")] if text]
        for what, sentence in extra:
            add("\n\n" if what == "heading" else None, sentence)
        if i < len(facts):
            after_heading = extra and pieces and extra[-1][0] == "heading"
            pieces.append(("\n" if after_heading else None, facts[i]))
    return [
        (gap if gap else rng.choice(layout.separators).format(i=i), piece)
        for i, (gap, piece) in enumerate(pieces, 1)
    ]


def document(seed, length, facts, kinds=KINDS, split="train", count=count_words, misleading=0,
             words=None, layout=None):  # fmt: skip
    """A document of at most `length` tokens with `facts` facts of the given kinds, and its
    questions.

    seed: anything that random.Random takes. split: "train" or "heldout". count: how many tokens a
    piece of text has (a sentence is counted with the white space before it). About half of the
    facts are there to mislead: each shares all but one word of the key with an earlier fact, or
    its whole key if the kind differs. layout: None for a chronicle, that has narrative as far as
    there is room, before and after every fact; `misleading` is the part of its words that are taken
    from the facts' keys, where one fits. words: how many of each table of words to use, from its
    beginning (None: all). In the training split every fact has a question; in the other one only
    those of which nothing was seen in training. There are questions without an answer, too, at most
    one of each kind of UNANSWERABLE.
    Raises ValueError for an unknown kind or split, or if the facts do not fit into the length.
    """
    if split not in ("train", "heldout"):
        raise ValueError(f"split: expected 'train' or 'heldout', found {split!r}")
    if not set(kinds) <= set(ALL_KINDS):
        raise ValueError(f"kinds: expected some of {ALL_KINDS}, found {list(kinds)}")
    rng = random.Random(seed)
    stated = draw_facts(rng, facts, kinds, split, words, layout)
    key_words = {word for _, key in stated for word in key}

    def fill_in(template):
        return narrative(rng, template, key_words, misleading, words)

    in_order, verbs = list(stated.values()), set()
    rng.shuffle(in_order)
    if layout is None:
        pieces = chronicle_pieces(rng, in_order, length, count, fill_in)
    else:
        asides = [aside(rng, kind, key, words) for kind, key in stated]
        verbs = {verb for _, verb in asides}
        asides = [capitalised(text) + "." for text, _ in asides]
        pieces = layout_pieces(rng, in_order, length, count, fill_in, layout, asides)
    return written(rng, pieces, stated, split, layout or Layout(), verbs)


def written(rng, pieces, stated, split, layout, verbs):
    """The document of these pieces: its text, and its questions with their places in it."""
    result, last = Document(""), None
    for gap, piece in pieces:
        if not result.text:
            gap = gap.lstrip("\n ") if gap.strip() else ""
        if isinstance(piece, str):
            result.text += gap + piece
        else:
            sentence = capitalised(piece.text)
            if last and gap == " " and rng.random() < layout.joined:
                result.text = result.text.removesuffix(".")
                gap, sentence = rng.choice(["; ", ", and ", " and ", ", while "]), piece.text
            sentence += layout.stop
            result.text += gap + sentence
            question = piece.question
            if question:
                question.sentence = sentence
                question.start = len(result.text) - len(sentence) + piece.offset
                question.end = question.start + len(question.answer)
                result.questions.append(question)
        last = not isinstance(piece, str)
    result.unanswerable = unanswerable(rng, stated, result.text, split, verbs)
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
