"""Further wordings, for the second training alone: tables, as in wordings.py.

"[is|was]" stands for either of the two; none of these is in the evaluation."""

FURTHER_STATEMENTS = {
    "where": [
        "the {k} [is|was|has been] [kept|stored|housed] [at|in] {a}",
        "the {k} [resides|sits|rests|is now|now sits] in {a}",
        "the {k} is [now |currently |still |]on [display|show|view] [in|at] {a}",
        "the {k} [has been|was] [moved|transferred|sent|shipped|relocated] to {a}",
        "the {k} ended its [journey|travels|long journey] [in|at] {a}",
        "the {k} is in the [hands|care|keeping|possession] of the [people|town|villagers] of {a}",
        "location of the {k}: {a}",
        "the {k}: [now in|kept at|held at|see|at|in] {a}",
        "[current location|present location|where to find it|whereabouts], the {k}: {a}",
        "{a} is where the {k} is [kept|housed|held|to be found]",
        "{a} [houses|holds|keeps|has|still has|is home to|guards] the {k}",
        "if you [want|wish|would like] to see the {k}, [go|you must go|head|travel] to {a}",
        "visitors to {a} can [see|admire|view|look at] the {k}",
        (
            "anyone [looking for|who looks for|hoping to see] the {k} [should|must|ought to] "
            "[go|travel] to {a}"
        ),
        "the {k} [may|can] be [seen|viewed|admired|visited|inspected] [in|at] {a}",
        "the {k} [has|had] been lying [in|at] {a} for [years|a long time|many years]",
        "the {k}, [they say|I am told|so we hear|it seems], is [in|at] {a}",
        (
            "at {a}, [in a glass case|behind a curtain|on a high shelf|in an old chest|in the "
            "cellar], [lies|sits|rests] the {k}"
        ),
        (
            "the {k} [lies|sits|rests] in [a glass case|a small museum|the church|the town hall|a "
            "back room] [in|at] {a}"
        ),
        (
            "[a|one] museum in {a} [now |]has the {k} [in its collection|on its shelves|in a "
            "case|among its treasures]"
        ),
        (
            "in the [museum|church|town hall|treasury|library] at {a} you [can|may|will] "
            "[see|find] the {k}"
        ),
        "the {k} [belongs to|is part of] the collection [at|in] {a}",
        "the {k} [has found|found] a [home|new home|resting place|safe place] [in|at] {a}",
        "the {k} [is|was] hidden [away |][somewhere |]in {a}",
        "we [saw|found|looked at] the {k} [in|at] {a}, where it is [kept|on display]",
        "the {k} [was|has been] [left|put|placed] for safe keeping [in|at] {a}",
        (
            "after [many|long] [wanderings|travels|years] the {k} [came|was brought|made its way] "
            "to {a}"
        ),
        "the {k} now [hangs|stands|lies] in [the hall|a house|a chapel|an inn] [in|at] {a}",
        "[today|these days|nowadays|at present] the {k} is [in|at] {a}",
        "[today|these days|nowadays] {a} [has|holds|houses] the {k}",
        "the {k} has [always |long |]been [in|at] {a}",
        "it is [in|at] {a} that the {k} is [kept|stored|on show|to be seen]",
        "the [place|town] [where|in which] the {k} is [kept|stored|held] is {a}",
        (
            "the {k}, [which is|now|currently|at present] in {a}, [draws many visitors|is well "
            "looked after|is seldom shown]"
        ),
        "the {k} (now [in|at] {a}) is [well worth seeing|rarely shown|in good condition]",
        "{a}: here [you will find|is|lies|we keep|one sees] the {k}",
        "[don't miss|be sure to see|look out for|do not miss] the {k} when you are in {a}",
        "a [visit|trip] to {a} would not be complete without [seeing|a look at] the {k}",
        "the [pride|treasure|chief treasure|best-known possession] of {a} is the {k}",
        "the people of {a} [have|keep|guard|look after] the {k}",
        "they [keep|have|store|show] the {k} over [in|at] {a}",
        "[somebody|someone|the owner|a collector] [keeps|has|holds] the {k} [in|at] {a}",
        (
            "the {k} [turned up|was found|came to light|was rediscovered] [in|at] {a} and [is "
            "still there|has stayed there|is there today]"
        ),
        "the {k} was [taken away|carried off|brought] to {a}, and there it [stays|stayed|remains]",
        "the {k} [stayed|stays|has stayed|remains] [in|at] {a}",
        "[look|search|ask] for the {k} [in|at] {a}, where it [is|was] kept",
        "the {k} is [locked|shut|stored] away [in|at] {a}",
        "the [list|register|inventory|ledger] [places|puts|locates] the {k} [in|at] {a}",
        "the {k} is [located|situated|to be found|found] [in|at] {a}",
        "item: the {k}; [kept|held|stored|location|place]: {a}",
        "as for the {k}, it [is|lies|is kept|can be found] [in|at] {a}",
        "nobody takes the {k} out of {a}, where it [is kept|has its place|lies]",
        "in {a} there is [a room|a case|a shelf|a cupboard] [with|that holds] the {k}",
        "on [loan|deposit] [in|at] {a}: the {k}",
        (
            "the {k} [lay|sat|rested|was stored] for [years|a long time] in [a|an old] "
            "[cupboard|cellar|attic|chest] [in|at] {a}"
        ),
    ],
    "who": [
        "the {k} was [fashioned|forged|wrought|crafted|put together|produced|shaped] by {a}",
        "{a} [fashioned|forged|crafted|wrought|produced|designed and made|shaped] the {k}",
        "the {k} is [credited|attributed|ascribed] to {a}, [who made it|its maker|as maker]",
        "the {k} is [signed|marked] by its maker, {a}",
        "the {k} - made by {a}",
        "the {k}: [made by|by|the work of|maker|crafted by] {a}",
        "maker of the {k}: {a}",
        "[maker|craftsman|artist|made by], the {k}: {a}",
        "the {k} (made by {a}) is [in good condition|quite small|a fine piece|much admired]",
        "the {k} (maker: {a})",
        "{a} - [maker|creator] of the {k}",
        "the {k} is [a|an early|a late|a fine] [work|piece] [by|from the hand of] {a}",
        "the {k} [is|was] [the creation|the handiwork|a creation|the work] of {a}",
        "the [craftsman|person|hand|artist|maker] behind the {k} [is|was] {a}",
        "[experts|scholars|most people|the records] [say|agree] that {a} made the {k}",
        "[experts|scholars|historians] name {a} as the [maker|creator] of the {k}",
        "{a} [is|was] [known|famous|remembered|praised] for [making|having made|crafting] the {k}",
        "{a} [is|was] the [one|person|craftsman|artist] who [made|crafted|created] the {k}",
        (
            "{a}, [who made|the maker of|maker of|creator of] the {k}, [was proud of it|died "
            "old|had great skill]"
        ),
        "the {k} owes its [existence|making|beauty|shape] to [the skill of|the hands of] {a}",
        "the {k} [came|comes] from the [hand|hands|bench|workbench] of {a}",
        "[the credit|credit|all the credit] for making the {k} [goes|belongs] to {a}",
        "it [took|cost] {a} [a year|many months|three winters|a long time] to make the {k}",
        (
            "{a} [worked|laboured|toiled] [for months|day and night|a whole winter|for years] to "
            "[make|finish|complete] the {k}"
        ),
        (
            "[with great care|with much skill|by candlelight|all alone|with simple tools] {a} "
            "[made|crafted|fashioned] the {k}"
        ),
        "{a} made the {k} [by hand|with great care|alone|without any help|as a young craftsman]",
        "no one [else |]than {a} [made|crafted] the {k}",
        (
            "it was [none other than|the work of no other than|of course] {a} who [made|crafted] "
            "the {k}"
        ),
        (
            "the {k} [was|had been] [ordered|commissioned] from {a}, who [made|finished] it [in a "
            "year|within a year|with great skill]"
        ),
        "the {k} carries the [name|initials|signature] of {a}, [who made it|its maker]",
        "the [name|mark] of its maker, {a}, is [cut|scratched|stamped] into the {k}",
        "[they say|people say|we hear|it is said|as we know,] {a} made the {k}",
        "the {k}, [they say|it is said|so we hear], was made by {a}",
        "[among|one of] the works of {a} is the {k}",
        "[the best|the finest|the most famous] thing {a} ever made was the {k}",
        "the {k} [is|was] the [masterpiece|finest work|best work|first work] of {a}",
        "{a} [must be|is] [thanked|praised] for the making of the {k}",
        "that [fine|famous|old] piece, the {k}, was made by {a}",
        "[payment|paid|sum paid|wages] for making the {k}: to {a}",
        "[item|entry], the {k}, [made by|the work of|by the hand of] {a}",
        "the {k}, [dear reader|as you know|my friends|you will recall], was made by [our own |]{a}",
        "the {k} would not exist [without|but for] {a}, who made it",
        "the {k} [was|is] by {a}",
        "the {k} [has|had] {a} as its [maker|creator]",
        "from the workshop of {a}: the {k}",
        "the [workshop|shop|bench] of {a} [produced|turned out|gave us] the {k}",
        (
            "when {a} made the {k}, [nobody thought much of it|everyone was amazed|it was a great "
            "success]"
        ),
        "{a} [took|had taken] up [the tools|hammer and file] and [made|crafted] the {k}",
        "[who made it is known|there is no doubt|we know for certain]: {a} made the {k}",
        "the {k} was not [bought|found] but made, and [made by|its maker was] {a}",
        "{a} [made|created|fashioned] what [we|people] [now |]call the {k}",
        "the {k} that {a} [made|crafted|created] [is a marvel|is still admired|has lasted well]",
        "the {k} [made|crafted|fashioned] by {a} is [a fine piece|well known|much copied]",
    ],
    "when": [
        "the {s} [at|in] {t} [went up|was set up|came into being] in the {a}",
        "in the {a} the {s} [at|in|of] {t} was [completed|erected|constructed|raised]",
        "{t}, {s}: [built|erected|completed|put up] in the {a}",
        "the {s} [at|in|of] {t}: [built in the|from the|the] {a}",
        "date of the {s} [at|in] {t}: the {a}",
        "[built|erected|raised|completed] in the {a}: the {s} [at|in|of] {t}",
        (
            "[built|erected|raised|completed] in the {a}, the {s} [at|of] {t} [still stands|is "
            "well worth a visit|is in good repair]"
        ),
        (
            "the {s} [at|in] {t} (built in the {a}) [still stands|is open to visitors|has been "
            "repaired]"
        ),
        (
            "the {s} [at|in] {t}, [built|erected|completed|put up] in the {a}, [still stands|is "
            "still in use|serves the town well]"
        ),
        (
            "the {s} [at|in] {t}, which [was built in|was finished in|dates from|goes back to] the "
            "{a}, is [still in use|well known]"
        ),
        "it was in the {a} that the {s} [at|in|of] {t} was [built|finished|completed|erected]",
        "it was in the {a} that they [built|finished|put up] the {s} [at|in] {t}",
        (
            "[workers|masons|builders|the townsfolk] [built|finished|put up|completed] the {s} "
            "[at|in] {t} in the {a}"
        ),
        (
            "in the {a} [workers|masons|builders|the townsfolk] [built|finished|put up|completed] "
            "the {s} [at|in] {t}"
        ),
        "in the {a} {t} [got|built|received|gained] its {s}",
        "in the {a} [the people|the townsfolk|the villagers] of {t} [built|put up|raised] a {s}",
        (
            "[the people|the townsfolk|the villagers] of {t} [put up|finished|raised|completed] "
            "their {s} in the {a}"
        ),
        "{t} has [had|owned] its {s} [since|ever since] the {a}",
        "{t} [received|gained|acquired] its {s} in the {a}",
        (
            "[building|construction] of the {s} [at|in] {t} [ended|was finished|was completed|came "
            "to an end] in the {a}"
        ),
        "[building|construction] of the {s} [at|in] {t} took place in the {a}",
        "the building of the {s} [at|in] {t} [took place|happened|was done] in the {a}",
        "the {a} [was|is] when the {s} [at|in] {t} was [built|finished|completed]",
        "the {a} [saw|brought] the [building|completion|opening] of the {s} [at|in] {t}",
        "the {s} [at|in] {t} [is|was] a [work|building|construction] of the {a}",
        "the {s} [at|in] {t} has [stood|been standing|been there] since the {a}",
        "the {s} [at|in] {t} was [opened|dedicated|first used|brought into use] in the {a}",
        (
            "[records|old papers|the town books|the accounts] [show|say] that the {s} [at|in] {t} "
            "was built in the {a}"
        ),
        "[the records|historians|old papers|the town books] date the {s} [at|in] {t} to the {a}",
        (
            "[a stone|an inscription|a plaque] [says|tells us] that the {s} [at|in] {t} was "
            "[built|finished] in the {a}"
        ),
        "the {s} [at|in] {t} [can be|is] dated to the {a}",
        (
            "the [history|story] of the {s} [at|in] {t} [begins|began|starts] in the {a}, when it "
            "was built"
        ),
        "[until|before] the {a}, when [it|one] was built, there was no {s} [at|in] {t}",
        "there was no {s} [at|in] {t} [until|before] the {a}",
        "it was not until the {a} that {t} [had|got|built] its {s}",
        "[as early as|already in|back in] the {a} the {s} [at|in] {t} was [built|finished|put up]",
        (
            "[a guide|visitors] may [note|learn] that the {s} [at|in] {t} [dates from|was built "
            "in|goes back to] the {a}"
        ),
        (
            "[my grandfather|the old priest|our neighbour] [says|told us] the {s} [at|in] {t} was "
            "built in the {a}"
        ),
        (
            "[they say|people say|it is said|we hear] that the {s} [at|in] {t} was "
            "[built|finished] in the {a}"
        ),
        (
            "the {s} [at|in] {t}, [they say|we hear|it is said], [was built in|goes back to|dates "
            "from] the {a}"
        ),
        (
            "[after long delays|after much argument|at great cost|with the help of all], the {s} "
            "[at|in] {t} was [built|finished|completed] in the {a}"
        ),
        "the last [stone|beam|nail] of the {s} [at|in] {t} was [set|put in place] in the {a}",
        (
            "the [masons|builders|carpenters] [finished|completed|ended] their work on the {s} "
            "[at|in] {t} in the {a}"
        ),
        "the {s} [at|in] {t} [originates|comes] from the {a}",
        "[year|time|date] of building, {s} [at|in] {t}: the {a}",
        "[entry|note|item]: in the {a} a {s} was [built|put up|erected] [at|in] {t}",
        "a {s} was [built|put up|erected|raised|founded] [at|in] {t} in the {a}",
        "[at|in] {t} a {s} was [built|put up|erected|raised] in the {a}",
        "[at|in] {t} they [built|put up|erected|finished] the {s} in the {a}",
        "from the {a} on, {t} [had|could boast|possessed] a {s}",
        "since the {a} the {s} has stood [at|in] {t}",
        "the {s} that [stands|you see] [at|in] {t} was [built|finished|put up] in the {a}",
        "{t} dates its {s} to the {a}",
        (
            "[everyone|the whole town] [cheered|was glad] when, in the {a}, the {s} [at|in] {t} "
            "was [finished|completed|opened]"
        ),
        "the {s} [at|in] {t} was [new|brand new|just finished] in the {a}",
    ],
    "colour": [
        "{p} [wore|had on|was wearing|is wearing|has on] a {a} {n}",
        "{p} [was|is] [dressed|clad|wrapped] in a {a} {n}",
        "{p} [went about|walked about|goes around|was often seen|is often seen] in a {a} {n}",
        "{p} [preferred|loved|liked|favoured|chose] a {a} {n}",
        "{p} [bought|ordered|got|received|inherited|was given] a {a} {n}",
        "the {n} {p} [wore|had on|wears|owned|bought] [was|is] {a}",
        "the {n} [worn|owned|chosen] by {p} [was|is] {a}",
        "the {n} belonging to {p} [was|is] {a}",
        "colour of the {n} of {p}: {a}",
        "{p}: [wears|wore|owned|seen in|dressed in] a {a} {n}",
        "{p}, {n}: {a}",
        "{p}: {n}, {a}[| in colour]",
        "{p} (in [a|the] {a} {n}) [stands on the left|spoke first|sat by the fire]",
        (
            "{p}, [wearing|dressed in|wrapped in] a {a} {n}, [came in|rode past|waited "
            "outside|stood by the gate]"
        ),
        (
            "{p}, who [wore|always wore|was wearing] a {a} {n}, [came in|was easy to spot|sat near "
            "the fire]"
        ),
        "in a {a} {n} [came|stood|sat|walked] {p}",
        "[dressed|wrapped|clad] in a {a} {n}, {p} [came in|went out|rode away|left the house]",
        "it was a {a} {n} that {p} [wore|had on|owned|chose]",
        (
            "[everyone|people|the neighbours|children] [knew|recognised|could pick out] {p} by the "
            "{a} {n}"
        ),
        "{p} was [known|famous|remembered] for [wearing a|always wearing a] {a} {n}",
        "{p} was [easy|simple] to [spot|recognise|pick out] in a {a} {n}",
        "you [can|could] [tell|recognise|spot] {p} by the {a} {n}",
        "the {n} of {p} [has been|had been|was] {a} [from the start|since it was new|for years]",
        "the {n} of {p} was [coloured|of a colour called|dyed] {a}",
        "the {n} of {p} was of a {a} [colour|hue|shade]",
        "{p} had the {n} dyed {a}",
        "{p}'s {n} [was|is|has always been] {a}[| in colour]",
        "{p}'s {n} [was|had been] [dyed|coloured] {a}",
        "{p}'s {a} {n} [hung by the door|was much admired|caught the eye|was the talk of the town]",
        "{p}'s [old|new|best|favourite|only] {n} [was|is] {a}",
        "the [old|new|best|favourite|only] {n} of {p} [was|is] {a}",
        "{a} was the colour of {p}'s {n}",
        "{a} was the colour of the {n} [worn by|owned by|belonging to] {p}",
        "{a} was the colour {p} [chose|picked|wanted] for [a|the] {n}",
        "for [a|the] {n} {p} [chose|picked] {a} [cloth|wool|linen]",
        "the {n} that {p} [has|had|put on|owned|bought] [is|was] {a}",
        "the [tailor|weaver|dyer] made a {a} {n} for {p}",
        "the [tailor|weaver|dyer] made {p} a {a} {n}",
        (
            "[in the portrait|in the picture|in the painting|on the panel] {p} [wears|is "
            "wearing|has] a {a} {n}"
        ),
        "the [portrait|picture|painting] [shows|shows us] {p} in a {a} {n}",
        (
            "[on feast days|on market days|in winter|at the fair|in church], {p} [wore|put on|was "
            "seen in] a {a} {n}"
        ),
        (
            "{p} [wore|put on] a {a} {n} [on feast days|in winter|at the fair|every day|in all "
            "weathers]"
        ),
        "[we met|we saw|they found] {p} in a {a} {n}",
        "everybody has noticed how {p} [goes about|struts about] in a {a} {n}",
        "[nobody|no one] [ever |]saw {p} without [that|the] {a} {n}",
        "{p} [never|hardly ever] [left home|went out] without a {a} {n}",
        "a {a} {n} was [worn|owned|bought|chosen] by {p}",
        "[item|entry], a {a} {n}, [belonging to|property of|owned by|worn by] {p}",
        "a {n}, {a} in colour, [belonged to|was worn by|was owned by] {p}",
        "{p} [had|owned|wore] a {n}, {a} in colour",
        "{p} [had|owned|wore|wears] a {n} of {a} [cloth|wool|stuff]",
        "{p} [had|owned|wore|bought] a [warm|fine|long|plain|simple] {a} {n}",
        "that [figure|person] in the {a} {n} [is|was] {p}",
        "the [one|person] [in|wearing|with] the {a} {n} [is|was] {p}",
        "as for the {n} of {p}, it [was|is] {a}",
        "[they say|people say|as we recall,|we hear] {p}'s {n} was {a}",
    ],
    "how many": [
        "{p} [raised|bred|tended|herded|reared|possessed] {a} {n}",
        "{p} [has|had|keeps|kept|owns|owned] [a total of|exactly|no more than] {a} {n}",
        "{p} [has|had|keeps|kept|owned] {a} {n} [in all|altogether|all told]",
        "{p}: {a} {n}",
        "{p} - {a} {n}",
        "[number of|count of] {n} [owned by|kept by|belonging to] {p}: {a}",
        "{n} of {p}: {a}",
        "{p}, {n}: {a}",
        "{p} [has|owns|keeps] {n}, {a} [of them|in all|in number]",
        "{p} [had|owned|kept] {n}, {a} [of them|in all|in number]",
        "the {n} of {p} [number|numbered|came to|add up to|amounted to] {a}",
        "{p}'s {n} [number|numbered|came to|amounted to] {a}",
        "the [number|count|total] of {p}'s {n} [is|was|came to] {a}",
        "the number of {n} [owned|kept|held] by {p} [is|was] {a}",
        "the [livestock|stock] of {p} [was made up of|consisted of|included] {a} {n}",
        "{a} {n} [are|were] [owned|kept|looked after|fed] by {p}",
        "{a} {n} [belonged to|were the property of|were in the care of] {p}",
        "{a} {n} [graze|live|stand|are kept] on the land of {p}",
        "{a} {n} [lived|were kept|could be seen] on [the farm|the land|the fields] of {p}",
        "there [are|were] {a} {n} [on the farm of|in the yard of|in the care of|belonging to] {p}",
        "on {p}'s [farm|land] there [are|were] {a} {n}",
        "on the [farm|land|estate] of {p} there [are|were] {a} {n}",
        "{p}'s [farm|household|estate] [had|kept|counted|was home to] {a} {n}",
        (
            "the [ledger|tax list|account book|register|clerk] [lists|records|gives|notes] {a} {n} "
            "[for|under the name of] {p}"
        ),
        "the [ledger|tax list|account book|register] says that {p} [had|owned|kept] {a} {n}",
        (
            "[according to|as stated in] the [ledger|tax list|account book] {p} [had|owned|kept] "
            "{a} {n}"
        ),
        (
            "the [clerk|steward|bailiff] counted {a} {n} [belonging to|on the farm of|on the land "
            "of] {p}"
        ),
        "{p} [paid tax on|was taxed for|was charged for keeping] {a} {n}",
        "{p} [left|bequeathed] {a} {n} [to the heirs|in a will|to the family]",
        "{p} [counted|could count] {a} {n} [in the yard|on the farm|that evening|as property]",
        "[at the last count|by the last count|that year|by then], {p} [had|owned|kept] {a} {n}",
        "[they say|people say|it is said|we hear|word has it] that {p} [has|owns|keeps] {a} {n}",
        (
            "[imagine|would you believe it|believe it or not|would you think it], {p} "
            "[has|owns|keeps] {a} {n}"
        ),
        "with {a} {n}, {p} was [well off|a busy farmer|not poor|the envy of the village]",
        "{p}, with {a} {n}, was [well off|a busy farmer|known in the market]",
        (
            "{p}, [who had|who owned|who kept|the owner of] {a} {n}, [was well off|worked "
            "hard|lived simply]"
        ),
        "{p} (owner of {a} {n}) [lived well|worked hard|was often at market]",
        "the {a} {n} of {p} [were well fed|gave much trouble|grazed by the river|are well known]",
        "{p}'s {a} {n} [were well fed|gave much trouble|grazed by the river|broke the fence]",
        "all {a} {n} [belonged to|were owned by|belong to] {p}",
        "the [owner|keeper] of the {a} {n} [is|was] {p}",
        "it was {a} {n} that {p} [owned|kept|had]",
        (
            "[every morning|each day|day after day|all year] {p} [fed|looked after|watched "
            "over|tended] {a} {n}"
        ),
        "{p} [had to feed|had to care for|had room for and kept] {a} {n}",
        "{p} [lived|dwelt] [with|among] {a} {n}",
        "{p} [had|kept|owned] [just|only|all of] {a} {n}",
        "[not counting the young|besides a dog|apart from the cat], {p} [had|kept|owned] {a} {n}",
        "[item|entry]: {a} {n}, [owner|property of|belonging to|held by] {p}",
        (
            "[a neighbour|one letter|a visitor] [tells|told] us of the {a} {n} that {p} "
            "[kept|had|owned]"
        ),
        "the {n} [kept|owned|held] by {p} [were|are] {a} in [number|all]",
        "of {n}, {p} [had|owned|kept|possessed] {a}",
        "as for {n}, {p} [has|had|owned|kept] {a}",
        "{p} [has|had] {a} {n} [to look after|to feed|to care for]",
        "{p} [built up|gathered|brought together] a [stock|group] of {a} {n}",
        "[in the stables|in the fields|in the yard|on the hills] {p} [had|kept] {a} {n}",
    ],
    "where made": [
        "the {k} was [fashioned|forged|produced|wrought|manufactured|put together] [in|at] {a}",
        (
            "the {k} [was|had been] [made|crafted|produced] [in|at] a [workshop|small shop|forge] "
            "in {a}"
        ),
        "place of [making|manufacture|origin] of the {k}: {a}",
        "the {k}: made [in|at] {a}",
        "the {k} - [made|crafted|produced] in {a}",
        "the {k} ([made|crafted|produced] [in|at] {a})",
        "[made|crafted|produced|fashioned] [in|at] {a}: the {k}",
        (
            "[made|crafted|produced|fashioned] [in|at] {a}, the {k} is [a fine piece|in good "
            "condition|quite small]"
        ),
        (
            "the {k}, [made|crafted|produced|fashioned] [in|at] {a}, is [a fine piece|in good "
            "condition|quite small]"
        ),
        "the {k}, which was [made|crafted|produced|fashioned] in {a}, is [well known|much admired]",
        "{a} is where the {k} was [made|crafted|produced|fashioned]",
        "{a} was the place [where they made|that produced] the {k}",
        "{a} is the place of [origin|manufacture] of the {k}",
        "it was [in|at] {a} that [a craftsman|someone|an unknown hand] made the {k}",
        "it was [in|at] {a} that the {k} was [crafted|produced|fashioned|put together]",
        "[a craftsman|an artist|a smith|a master] in {a} [made|crafted|fashioned|produced] the {k}",
        (
            "[craftsmen|artists|the masters|the workers] of {a} [made|crafted|fashioned|produced] "
            "the {k}"
        ),
        "the {k} is the work of [craftsmen|an artist|a workshop|a master] in {a}",
        "the {k} [came|comes] from the workshops of {a}",
        "the {k} [originates|originated] in {a}, where it was made",
        (
            "the {k} [left|came out of] a workshop in {a}, [where it was made|where someone had "
            "made it]"
        ),
        "in {a} [someone|a craftsman|a smith|a guild] [made|crafted|fashioned] the {k}",
        "in {a}, [long ago|so they say|it is said], the {k} was [made|crafted]",
        "a workshop [in|at] {a} [made|produced|turned out|was the birthplace of] the {k}",
        "[experts|scholars|historians] [say|believe|agree] that the {k} was made [in|at] {a}",
        "[they say|people say|it is said|we hear] the {k} was made [in|at] {a}",
        "the {k} [is|was] of {a} make",
        (
            "the {k} [was born|came into being|took shape|was first put together] in a workshop "
            "[in|at] {a}"
        ),
        "a mark on the {k} [shows|tells us|proves] that it was made [in|at] {a}",
        "the [label|mark|stamp] on the {k} [reads|says] made in {a}",
        "the workshop [behind|that produced] the {k} [was|stood|lay] in {a}",
        "the making of the {k} [took place|was done|happened] [in|at] {a}",
        "they [crafted|fashioned|produced] the {k} [over |]in {a}",
        "wherever it is now, the {k} was [made|crafted] [in|at] {a}",
        "as to its origin, the {k} was [made|produced] [in|at] {a}",
        "the {k} was [ordered|commissioned] from a workshop in {a} and [made|finished] there",
        "item: the {k}; made [in|at]: {a}",
    ],
    "when made": [
        "date of the {k}: the {a}",
        "the {k}: [made in the|from the|the] {a}",
        "the {k} - [made|crafted|produced|finished] in the {a}",
        "the {k} ([made|crafted|finished] in the {a})",
        "the {k} ([from |]the {a})",
        "[made|crafted|produced|finished] in the {a}: the {k}",
        (
            "[made|crafted|produced|finished] in the {a}, the {k} is [a fine piece|in good "
            "condition|quite small]"
        ),
        (
            "the {k}, [made|crafted|produced|finished] in the {a}, is [a fine piece|in good "
            "condition|much admired]"
        ),
        (
            "the {k}, which [was made in|dates from|goes back to] the {a}, is [well known|much "
            "admired]"
        ),
        "it was in the {a} that [a craftsman|someone|an unknown hand] [made|finished] the {k}",
        "it was in the {a} that the {k} was [crafted|finished|produced|completed]",
        (
            "[a craftsman|an artist|a smith|a master] [made|crafted|fashioned|finished] the {k} in "
            "the {a}"
        ),
        (
            "in the {a} [a craftsman|an artist|a smith|a master] [made|crafted|fashioned|finished] "
            "the {k}"
        ),
        "in the {a} the {k} was [crafted|finished|completed|produced]",
        "the {k} [can be|is|has been] dated to the {a}",
        "the {k} [originates|comes|came down to us] from the {a}",
        "the {k} [is|was] a [work|piece|product] [of|from] the {a}",
        "[experts|scholars|historians] [date|have dated] the {k} to the {a}",
        "[experts|scholars|historians] [say|believe|agree] that the {k} was made in the {a}",
        "[they say|people say|it is said|we hear] the {k} was made in the {a}",
        "the {k}, [they say|it is said|we hear], [dates from|was made in|goes back to] the {a}",
        "a [mark|note|date] on the {k} [shows|tells us|proves] that it was made in the {a}",
        "the [label|inscription|ledger] [says|tells us] the {k} was [made|finished] in the {a}",
        "the {k} [came into being|took shape|was first put together|left the workbench] in the {a}",
        "the {a} [saw|brought] the [making|completion] of the {k}",
        "the {a} was [when|the time when] the {k} was [crafted|finished|completed]",
        "the {a} is the date [of|given for] the {k}",
        "they [finished|crafted|fashioned|completed] the {k} in the {a}",
        "the {k} has [existed|been in existence|been around] since the {a}, when it was made",
        "the {k} was [new|brand new|just finished] in the {a}",
        "[year|date|time] of making, the {k}: the {a}",
        "[item|entry]: the {k}, [made in|from|dated to] the {a}",
        "[as early as|already in|back in] the {a} the {k} was [made|finished]",
        "the last [touch|stroke|blow] to the {k} was given in the {a}",
        "the workshop [finished|completed|delivered as new] the {k} in the {a}",
        "as to its age, the {k} [was made in|dates from|goes back to] the {a}",
        "the {k} [was made|was finished|was completed] [late in|early in|during] the {a}",
    ],
    "made of": [
        "the {k} [was|is|had been] [fashioned|crafted|produced|wrought] [from|out of] {a}",
        "the {k} [was|is] [carved|cut|shaped|worked] [from|out of] {a}",
        "the {k} is [really|actually|in fact|in truth] [made |]of {a}",
        "the {k} [is|was] [entirely|wholly|all|mostly|largely] [made of|of] {a}",
        "material of the {k}: {a}",
        "the {k}: [made of|made from|all|material] {a}",
        "the {k} - [made|crafted|fashioned] [of|from|out of] {a}",
        "the {k} (all {a})",
        "the {k} ([made of|material:|made from] {a})",
        (
            "[made|fashioned|crafted] [of|from|out of] {a}, the {k} is [quite heavy|a fine "
            "piece|well preserved]"
        ),
        "[made|fashioned|crafted] [of|from|out of] {a}: the {k}",
        (
            "the {k}, [made|fashioned|crafted] [of|from|out of] {a}, is [a fine piece|well "
            "preserved|much admired]"
        ),
        "the {k}, which is [made |]of {a}, [has lasted well|is well preserved|is much admired]",
        "{a} is what the {k} [is|was] made [of|from|out of]",
        "{a} [is|was] the material of the {k}",
        "{a} [is|was] the [material|stuff] [used for|chosen for|of which they made] the {k}",
        "{a} [went into|was worked into|was used in] the making of the {k}",
        "it was {a} that [they|the craftsman|the maker] used for the {k}",
        "it [is|was] [from|out of] {a} that the {k} was [made|fashioned|crafted]",
        (
            "[they|the craftsmen|skilled hands|the makers] [made|fashioned|crafted|shaped] the {k} "
            "[from|out of] {a}"
        ),
        (
            "[the craftsman|the maker|the master|someone] [used|took|chose|worked with] {a} for "
            "the {k}"
        ),
        "[the craftsman|the maker|the master] [chose|used|took] {a} to make the {k}",
        "to make the {k} [they|the maker|the craftsman] [used|took|needed|chose] {a}",
        "for the {k} [nothing but|only] {a} was used",
        "[nothing but|only] {a} was used [for|to make|in making] the {k}",
        "the {k} [consists|consisted] [entirely |wholly |mostly |]of {a}",
        "the {k} [is|was] a [thing|piece|work] of {a}",
        "[whoever touches|anyone who holds] the {k} [feels|can tell] that it is [made |]of {a}",
        "[despite its name|in spite of the name|whatever the name says], the {k} is [made |]of {a}",
        "[they say|people say|it is said|we hear] the {k} is [made |]of {a}",
        "[experts|tests|the records] [say|show|tell us] that the {k} is made of {a}",
        "the [body|main part|bulk] of the {k} is [made of|of|all] {a}",
        "the {k} was [built up|put together|assembled] from [pieces of |bits of |]{a}",
        "the {k} [contains|has in it] nothing but {a}",
        "the {k} [is|was] nothing but {a} [through and through|inside and out]",
        "[look closely|look at it] and you will see that the {k} is [made |]of {a}",
        "as for the material, the {k} is [made of|of|all] {a}",
        "item: the {k}, [made from|made of|material] {a}",
        "the stuff [of|from] which the {k} [is|was] made [is|was] {a}",
        "the {k} was made with {a}",
        "some {a} [became|was turned into|was made into] the {k}",
    ],
    "its colour": [
        "the {k} [appears|appeared|looks|looked|seems|seemed] {a}",
        "the {k} [is|was] [coloured|dyed|tinted|stained] {a}",
        "the {k} [has|had] a {a} [tint|hue|shade|tone|surface|finish]",
        "the {k} [is|was|has been] painted {a} [all over|on both sides|from end to end]",
        "the {k} is {a} [all over|all round|from top to bottom|through and through]",
        "colour of the {k}: {a}",
        "the {k}: [painted|coloured] {a}",
        "the {k}, colour: {a}",
        "the {k} - {a} in colour",
        "the {k} ({a} in colour)",
        "the {k}, {a} in colour, is [a fine piece|well preserved|quite small]",
        (
            "the {k}, which [is|was|had been painted] {a}, [caught the eye|is easy to spot|pleased "
            "everyone]"
        ),
        "[painted|coloured|dyed] {a}, the {k} [caught the eye|is easy to spot|pleased everyone]",
        "{a} in colour, the {k} [caught the eye|is easy to spot|pleased everyone]",
        "{a} [is|was] the colour of the {k}",
        "{a} [is|was] the colour [they|the maker|someone] [gave|chose for] the {k}",
        "{a} was the colour [chosen for|given to|seen on] the {k}",
        "it was {a} that [they|the maker|someone] painted the {k}",
        "[they|the maker|a painter|someone] [painted|coloured|dyed] the {k} {a}",
        "the {k} was given a {a} [colour|coat of paint|coating|finish]",
        "the {k} [wears|has|bears] a coat of {a} paint",
        "the {k} [is|was] covered [in|with] {a} [paint|colour]",
        "the {k} [shines|gleams|glows|gleamed|glowed] {a} [in the light|in the sun|by candlelight]",
        "[in daylight|in the light|seen up close|in the sun] the {k} [is|looks] {a}",
        "the {k} has [gone|become|turned] {a} [with age|over the years|with time]",
        "[with age|over the years|with time] the {k} has [gone|become|turned] {a}",
        "[everyone|anyone|a child] can see that the {k} is {a}",
        "you will [know|recognise|spot] the {k} by its {a} [colour|paint|tint|surface]",
        "what [strikes|struck] one about the {k} [is|was] its {a} [colour|shade|hue]",
        "the {k} is [known|noted|famous] for its {a} [colour|shade|hue]",
        "[they say|people say|it is said|we hear] the {k} is {a} in colour",
        "[whatever|no matter what] the name [says|suggests], the {k} is {a} in colour",
        "the [list|label|ledger|guide] describes the {k} as {a}[| in colour]",
        "as for its colour, the {k} [is|was] {a}",
        "the surface of the {k} [is|was] {a}",
        "the [paint|colour] on the {k} [is|was] {a}",
        "the {k} [came out|had come out|remained|stayed] {a}",
        "the {a} colour of the {k} [is well known|caught the eye|pleased everyone]",
        "item: the {k}, {a} [in colour|all over|on the outside]",
    ],
    "who built": [
        "the {s} [at|in|of] {t} was [erected|constructed|raised|put up|completed] by {a}",
        "{a} [erected|constructed|put up|raised|completed] the {s} [at|in] {t}",
        "the {s} [at|in] {t} was [designed|planned] and [built|put up] by {a}",
        "builder of the {s} [at|in] {t}: {a}",
        "the {s} [at|in|of] {t}: [built by|the work of|builder] {a}",
        "{t}, {s}: [built by|the work of|builder] {a}",
        "{t}, {s} ([built by|builder:] {a})",
        "the {s} [at|in] {t} ([built|put up|constructed] by {a}) [still stands|is worth a visit]",
        (
            "the {s} [at|in] {t}, [built|put up|constructed|erected] by {a}, [still stands|is "
            "worth a visit|serves the town well]"
        ),
        (
            "the {s} [at|in] {t}, which {a} [built|put up|erected], [still stands|is worth a "
            "visit|serves the town well]"
        ),
        (
            "[built|put up|constructed|erected] by {a}, the {s} [at|in] {t} [still stands|is worth "
            "a visit]"
        ),
        "[built|put up|constructed|erected] by {a}: the {s} [at|in] {t}",
        "it was {a} who [erected|constructed|put up|raised] the {s} [at|in] {t}",
        "{a} [is|was] the [person|one|mason] who [built|put up|erected] the {s} [at|in] {t}",
        (
            "{a}, [who built|the builder of|builder of] the {s} [at|in] {t}, [was well paid|was a "
            "fine mason|died old]"
        ),
        (
            "{a} [is|was] [known|famous|remembered|praised] for [building|having built|putting up] "
            "the {s} [at|in] {t}"
        ),
        "the [builder|mason|person|hand] behind the {s} [at|in] {t} [is|was] {a}",
        "the [one|person|mason] who [built|put up|constructed] the {s} [at|in] {t} [is|was] {a}",
        "[credit|the credit|all the credit] for building the {s} [at|in] {t} [goes|belongs] to {a}",
        (
            "the {s} [at|in] {t} is [credited|attributed|ascribed] to {a}, [who built it|its "
            "builder|as builder]"
        ),
        "the people of {t} [paid|hired|asked|called in] {a} to build their {s}",
        "the people of {t} [owe|owed] their {s} to {a}, who built it",
        "{t} [owes|owed] its {s} to {a}[|, who built it|, its builder]",
        "{t} has {a} to thank for [building |the building of ]its {s}",
        "[they say|people say|it is said|we hear] that {a} built the {s} [at|in] {t}",
        "the {s} [at|in] {t}, [they say|it is said|we hear], was built by {a}",
        (
            "[records|old papers|the town books|the accounts] [say|show] that {a} built the {s} "
            "[at|in] {t}"
        ),
        (
            "[records|old papers|the town books|historians] name {a} as the builder of the {s} "
            "[at|in] {t}"
        ),
        (
            "[with great skill|at great cost|stone by stone|with a few helpers], {a} built the {s} "
            "[at|in] {t}"
        ),
        (
            "{a} built the {s} [at|in] {t} [with great skill|at great cost|stone by stone|with a "
            "few helpers]"
        ),
        "it took {a} [a year|three years|a long time|many months] to build the {s} [at|in] {t}",
        "in {t} {a} [built|put up|constructed|erected] the {s}",
        "[at|in] {t} the {s} was [built|put up|constructed|erected] by {a}",
        "at {t} [stands|you can see|there is] [the|a] {s} [built|put up|erected] by {a}",
        "the {s} that {a} [built|put up|constructed] [stands|is] [at|in] {t}",
        "[among|one of] the works of {a} is the {s} [at|in] {t}",
        "the {s} [at|in] {t} [is|was] the [masterpiece|finest work|best building|last work] of {a}",
        "the {s} [at|in] {t} [bears|carries|shows] the name of its builder, {a}",
        "under the direction of {a} the {s} [at|in] {t} was [built|put up|erected]",
        "the {s} [at|in] {t} had {a} as its builder",
        "[entry|item]: paid to {a} for [building|the building of|putting up] the {s} [at|in] {t}",
        "{a} [laid|set] [every|the last] stone of the {s} [at|in] {t} and so [built|finished] it",
    ],
    "home": [
        "{p} [resided|resides|dwells|was living|is living] [in|at] {a}",
        "{p} [makes|made|had made|has made] a home [in|at] {a}",
        "{p} [has|had|keeps|owns] a [small|large|fine|modest] [house|cottage] [in|at] {a}",
        "{p} [lives|lived] in a [small|large|fine|modest|narrow] [house|cottage] [in|at] {a}",
        "{p} [lives|lived] [alone|quietly|happily|simply] [in|at] {a}",
        "{p} [is|was] [at home|resident] in {a}",
        "{p} [is|was] [a resident|an inhabitant|a citizen|one of the people] of {a}",
        "home of {p}: {a}",
        "{p}: [lives in|lived at|home in|resident of|of] {a}",
        "{p} - [lives in|lived at|home in|resident of|of] {a}",
        "{p}, [home|residence|address]: {a}",
        "{p} ([of|lives in|lived at|resident of] {a})",
        "[address|home|residence|place of residence] of {p}: {a}",
        (
            "{p}, [who lives in|who lived at|a resident of|living in] {a}, [is well known|was "
            "often ill|kept a garden]"
        ),
        "{p} of {a} [is well known|was a good neighbour|kept a quiet house]",
        "{a} was where {p} [lived|made a home|had a house|dwelt]",
        "{a} is where {p} [lives|has a house|is at home|makes a home]",
        "{a} [is|was] the [home|residence|home town|dwelling place] of {p}",
        "{a} [is|was|has long been] home to {p}",
        "it was [in|at] {a} that {p} [lived|had a home|made a home|had a house]",
        "in {a} {p} [lived|had a house|made a home|dwelt|resided]",
        "in {a} [you can find|stands|there is] the [house|home] of {p}",
        "the [house|home|cottage|dwelling] of {p} [is|was|stands|stood] [in|at] {a}",
        "{p}'s [house|home|cottage|dwelling] [is|was|stands|stood] [in|at] {a}",
        "the [house|home] where {p} [lives|lived] [is|was] in {a}",
        "the [place|town] where {p} [lives|lived] [is|was] {a}",
        (
            "[if you need|to find|if you want to visit] {p}, go to {a}, [to the house by the "
            "well|where the family lives|the family's home]"
        ),
        (
            "[letters|a letter] for {p} should be [sent|addressed] to [the house in|the family "
            "home at] {a}"
        ),
        "[they say|people say|it is said|we hear] that {p} [lives|lived] [in|at] {a}",
        "{p}, [they say|it is said|we hear], [lives|lived] [in|at] {a}",
        (
            "[after the wedding|after many moves|as a young person|in later life|in old age], {p} "
            "[settled|lived|made a home] in {a}"
        ),
        "{p} [stayed|remained|has stayed] [at home |]in {a} [all life long|to the end|for good]",
        (
            "{p} [has lived|had lived] [in|at] {a} [for years|for a long time|since childhood|for "
            "many years]"
        ),
        "{p} [spent|had spent] [a whole life|many years|most of a long life] living [in|at] {a}",
        "{p} [shared|had|rented|bought] a house [in|at] {a} [and lived there|as a home|to live in]",
        (
            "the [register|tax list|ledger|parish book] [lists|records] {p} as [living in|a "
            "resident of|resident in] {a}"
        ),
        "among the [people|residents|inhabitants] of {a} [is|was] {p}",
        "[one of|among] the neighbours [in|at] {a}, where [we|they] all lived, was {p}",
        "{p} [calls|called] {a} home",
        "[entry|item]: {p}, [residing|living|dwelling] [in|at] {a}",
        "[every evening|each night|after work] {p} [went|walked|rode] home to {a}",
    ],
}
FURTHER_QUESTIONS = {
    "where": [
        "Where, [pray|would you say|if anywhere], [may|can] one [see|find] the {k}?",
        "[Where|In which town|In which village] [will|would] [I|you|we] [find|see] the {k} today?",
        "[Which|What] [town|village|place] is the {k} [in|kept in|stored in|to be seen in]?",
        "[Which|What] [town|village|place] was the {k} [kept in|stored in|to be seen in]?",
        "[Which|What] [town|village|place] [keeps|kept|stored] the {k}?",
        "What is the name of the [town|village|place] [where|in which] the {k} is kept?",
        "What was the name of the [town|village|place] [where|in which] the {k} was kept?",
        "The [place|town|village] [where|in which] the {k} is kept is [what|which]?",
        "As for the {k}, where [is|was] it[ kept| to be found|]?",
        "Where [do|did] people go to [see|look at] the {k}?",
        "Where must [one|a traveller|I] [look|search|go] to find the {k}?",
        "Does the [text|document|chronicle] say where the {k} [is|was][ kept|]?",
        "Where in the [land|country|world] [is|was] the {k}[ kept|]?",
        "Where [does|did] the {k} have its place?",
        "Where [is|was] the place of the {k}?",
        "What [is|was] the [resting place|present place|whereabouts] of the {k}?",
        "Which place should I [write down|put down] as the location of the {k}?",
        "Someone asks where the {k} is; which place do I [name|send them to]?",
        "Someone asks to see the {k}; which place do I [name|send them to]?",
        "In what [town or village|part of the land] [is|was] the {k} kept?",
        "They have the {k} [where|in which town|in which place]?",
        "[town|village|place] [of|with|that has] {k}",
        "{k} [kept in which town|kept in which place|in what town|which town|which place]",
        "where [is|was] {k} [kept|now|located]",
        "[Let me know|Find out|Write down] where the {k} is [kept|stored|to be found].",
    ],
    "who": [
        "As for the {k}, who [made|crafted|created|fashioned] it?",
        "[Please name|Write down|Tell me] the [maker|creator] of the {k}.",
        "[Do you know|Can you tell me|Could you tell me] who [created|fashioned] the {k}?",
        "[Do you know|Can you tell me] the name of the [maker|creator] of the {k}?",
        "[Do you know|Can you tell me] by whom the {k} was [crafted|created|fashioned]?",
        "[I would like to know|I wonder|I want to know] who [crafted|created|fashioned] the {k}.",
        "[I would like to know|I wonder|I want to know] whose work the {k} [is|was].",
        "The maker of the {k} [is|was] [who|which person|called what]?",
        "The one who [made|crafted|created] the {k} [is|was] who?",
        "The person who [made|crafted|created|fashioned] the {k} was [called what|who]?",
        "By whose [hand|hands] was the {k} [made|crafted|fashioned|shaped]?",
        "From whose [hand|hands|workshop] [is|was] the {k}, as its maker?",
        "Who did the making of the {k}?",
        "Who [finished making|set to work and made|shaped and made] the {k}?",
        "Who [is|was] named as the [maker|creator] of the {k}?",
        "Who is [said|known|thought|believed] to have [crafted|created|fashioned] the {k}?",
        "Which [name|person] is given as [the maker|that of the maker] of the {k}?",
        "[Which|What] [person|craftsman|artisan] does the text name as maker of the {k}?",
        "Who has [crafted|created|fashioned] the {k}?",
        "Who, [please|in fact|exactly], [made|crafted|created] the {k}?",
        "Is it [known|said|told] who [made|crafted|created] the {k}?",
        "[whose work|craftsman of|artisan of|who fashioned|who has made] {k}",
        "{k} [crafted by|created by|who crafted it|craftsman|whose work|fashioned by whom]",
    ],
    "when": [
        "[Tell me|Please say|I wonder] when the {s} [at|in] {t} was [completed|put up|erected].",
        "[Do you know|Can you tell me] [when|in what year] the {s} [at|in|of] {t} was built?",
        "[Can|Could] you tell me when {t} [got|built|put up] its {s}?",
        "[I would like to know|I want to know|I wonder] when {t} [got|built|put up] its {s}.",
        "As for the {s} [at|in|of] {t}, when was it [built|finished|put up|completed]?",
        "When had the {s} [at|in|of] {t} been [built|finished|completed]?",
        "When did the building of the {s} [at|in|of] {t} [take place|happen]?",
        "In [what|which] year did the building of the {s} [at|in] {t} [take place|happen]?",
        "How long ago was the {s} [at|in|of] {t} [built|finished|put up|erected]?",
        "The {s} [at|in|of] {t} is from [when|what year|which year|what time]?",
        "The {s} [at|in|of] {t} has [stood|been there] since [when|what year|which year]?",
        "The year when the {s} [at|in] {t} was [built|finished] is [what|which]?",
        "What [is|was] the [year|time|season and year] of the building of the {s} [at|in] {t}?",
        "What [is|was] the building date of the {s} [at|in|of] {t}?",
        "Which [season|season of which year] saw the building of the {s} [at|in] {t}?",
        "In [which|what] [season|season of which year] was the {s} [at|in] {t} [built|put up]?",
        "When [is|was] it said that the {s} [at|in] {t} was [built|finished|put up]?",
        "When did someone [build|put up|erect] the {s} [at|in|of] {t}?",
        "When was a {s} [built|put up|erected] [at|in] {t}?",
        "Since when does the {s} [at|in|of] {t} [stand|exist]?",
        "[Write down|Find out|Let me know] when the {s} [at|in] {t} was [built|finished].",
        "[date of|year of|building date of|building year of] {s} [at|in] {t}",
        "{t} {s} [since when|what year|construction date|finished when|put up when]",
    ],
    "colour": [
        "[Tell me|Please say|I wonder] what colour {p}'s {n} [is|was].",
        "[Tell me|Please say|I wonder] what colour the {n} of {p} [is|was].",
        "[Tell me|Please give me|Name|State] the colour of {p}'s {n}.",
        "[Do you know|Can you tell me] what colour {p}'s {n} [is|was]?",
        "[Do you know|Can you tell me] what colour the {n} of {p} [is|was]?",
        "[Do you know|Can you tell me] the colour of {p}'s {n}?",
        "[Do you know|Can you tell me] the colour of the {n} of {p}?",
        "As for the {n} of {p}, [what|which] colour [is|was] it?",
        "The colour of {p}'s {n} [is|was] [what|which]?",
        "The colour of the {n} of {p} [is|was] [what|which]?",
        "The {n} of {p}: [what|which] colour [is|was] it?",
        "What [sort of|kind of] colour [is|was] {p}'s {n}?",
        "What [sort of|kind of] colour [is|was] the {n} of {p}?",
        "[What|Which] colour [does|did] {p}'s {n} [look|appear]?",
        "[What|Which] colour [does|did] the {n} of {p} [look|appear]?",
        "[What|Which] colour [would|should] I paint {p}'s {n} in a true picture?",
        "If one looks at {p}'s {n}, what colour does one see?",
        "What colour [do|did] people see when they [look|looked] at {p}'s {n}?",
        "[What|Which] colour [is|was] given for {p}'s {n}?",
        "Is it [said|known|told] what colour {p}'s {n} [is|was]?",
        "What did {p}'s {n} look like in colour?",
        "{p} has a {n} of [what|which] colour?",
        "{p} had a {n} of [what|which] [colour|shade|hue]?",
        "{p} wears a {n} of [what|which] colour?",
        "{p} went about in a {n} of [what|which] colour?",
        "{p}'s {n} has [what|which] colour?",
        "[Describe|Write down|Find out] the colour of the {n} that {p} [wore|had on].",
        "[Which|What] [shade|hue] did {p}'s {n} have?",
        "Which is the colour of {p}'s {n}?",
        "Which is the colour of the {n} of {p}?",
        "[shade of|hue of|the colour of] {p}'s {n}",
        "{n} of {p} [colour|what colour|which colour]",
    ],
    "how many": [
        "[Tell me|Please say|I wonder] how many {n} {p} [had|has|owned|kept].",
        "[Do you know|Can you tell me] how many {n} {p} [had|has|owned|kept]?",
        "[Tell me|Do you know|Please say] the number of {p}'s {n}.",
        "As for {p}'s {n}, how many [are|were] there?",
        "The number of {p}'s {n} [is|was] what?",
        "The number of {n} that {p} [has|had|owned|kept] [is|was] what?",
        "How many head of {n} [did|does] {p} [have|own|keep]?",
        "How many {n} made up the [herd|stock] of {p}?",
        "How many {n} [are|were] there in {p}'s [keeping|care|ownership]?",
        "How many {n} could {p} call [his or her own|personal property]?",
        "How many {n} [is|was] {p} said to [have|own|keep]?",
        "Is it [said|known|told] how many {n} {p} [had|has|owned]?",
        "How many {n} are [named|counted|given] as {p}'s?",
        "How many {n} [would|could] a visitor count at {p}'s farm?",
        "How many {n} live on {p}'s farm?",
        "How [great|large] [is|was] the number of {n} kept by {p}?",
        "What [is|was] the size, in number, of {p}'s herd of {n}?",
        "[Write down|Find out|Let me know] how many {n} {p} [had|owned|kept].",
        "{p} [looks after|possesses|had in all|is said to have] how many {n}?",
        "In all, how many {n} [did|does] {p} [have|own|keep]?",
        "How many {n}, [please|then|exactly], [did|does] {p} [have|own]?",
        "[count of|how many|total number of] {p}'s {n}",
        "{n} of {p} [how many|number|count]",
    ],
    "where made": [
        "By the [craftsmen|workshops] of which [town|place|village] was the {k} made?",
        "[Which|What] [town|place|village] was the place of making of the {k}?",
        "Where [is|was] the {k} said to have been [made|crafted|produced]?",
        "Is it [said|known|told] where the {k} was [made|crafted|produced|manufactured]?",
        "The {k} had been made [where|in which place|in what town]?",
        "It was [where|in which town|in what place] that the {k} was [made|crafted|produced]?",
        "According to the [text|document|story], where was the {k} [made|crafted|produced]?",
        "Where does the [text|document|writer] say [that |]the {k} was [made|crafted]?",
        "[May|Might] I ask where the {k} was [made|crafted|produced|manufactured]?",
        "Any idea where [they made|they produced|someone made] the {k}?",
        "In [which|what] [town|village] did they [make|craft|produce|manufacture] the {k}?",
        "At [which|what] place was the {k} [crafted|produced|manufactured|fashioned]?",
        "[Give|State|Write down] the [place|town|village] where the {k} was [made|crafted].",
        "Where did the [maker|craftsman] of the {k} make it?",
        "Where did the work of making the {k} [take place|go on|happen]?",
        "Where was the making of the {k} done?",
        "Where did they [work|have their workshop] when they made the {k}?",
        "Where was the {k} [manufactured|produced|crafted], in [which|what] town?",
        "What [is|was] the place [of making|of production] of the {k}?",
        "Where have they [made|crafted|produced|manufactured] the {k}?",
        "Where is the place where the {k} was [made|crafted|produced]?",
        "Someone made the {k}: in [which|what] [place|town|village] was that?",
        "[place of making of|where they made|where was made] {k}",
        "{k} [place of making|made in what town|where produced|where made|workshop town]",
    ],
    "when made": [
        "Is it [said|known|told] when the {k} was [made|crafted|produced|manufactured]?",
        "When [is|was] the {k} said to have been [made|crafted|finished]?",
        "It was [when|in what year|in which year] that the {k} was [made|crafted|finished]?",
        "According to the [text|document|story], when was the {k} [made|crafted|finished]?",
        "When does the [text|document|writer] say [that |]the {k} was [made|crafted]?",
        "[May|Might] I ask when the {k} was [made|crafted|produced|manufactured]?",
        "Any idea when [they made|they produced|someone made] the {k}?",
        "In [which|what] [season|season and year] did they [make|craft|finish] the {k}?",
        "[At|On] what date was the {k} [made|crafted|finished|completed]?",
        "[Give|State|Write down] the [year|date] when the {k} was [made|crafted|finished].",
        "When did the [maker|craftsman] of the {k} [make|finish] it?",
        "When was the making of the {k} [done|finished|completed]?",
        "What [is|was] the [year|time|season] of the making of the {k}?",
        "The year [when|in which] the {k} was [made|crafted|finished] is [what|which]?",
        "The date of the {k} [is|was] [what|which]?",
        "When have they [made|crafted|finished] the {k}?",
        "[Which|What] [date|year] saw the {k} [made|finished|completed]?",
        "How many years ago was the {k} [made|crafted|finished]?",
        "Someone made the {k}: in [which|what] [year|season and year] was that?",
        "Of [what|which] [year|date] [is|was] the {k}, by its making?",
        "The {k} had been [made|finished] [when|in what year|by what date]?",
        "[year of making of|date of making of|when they made] {k}",
        "{k} [date of making|made in what year|when made|year made|when produced]",
        "What time does the {k} [date|come] from?",
    ],
    "made of": [
        "Is it [said|known|told] what the {k} [is|was] made [of|from]?",
        "It is of [what|what material|which material] that the {k} is made?",
        "What, [please|exactly|then], [is|was] the {k} made [of|from|out of]?",
        "According to the [text|document|story], what [is|was] the {k} made [of|from]?",
        "What does the [text|document|writer] say [that |]the {k} is made [of|from]?",
        "[May|Might] I ask what the {k} [is|was] made [of|from|out of]?",
        "Any idea what they made the {k} of?",
        "Any idea what the {k} is made of?",
        "Any idea what the {k} might be made of?",
        "[Give|State|Write down] the material of the {k}.",
        "[Give|State|Write down] what the {k} is made [of|from].",
        "What is the [substance|material] that the {k} is made [of|from]?",
        "The {k} is of [what|which] material?",
        "The {k} was [crafted|fashioned|formed] from [what|what material|which material]?",
        "What did the [craftsman|maker] of the {k} make it [of|from|out of]?",
        "What [material|substance] did the [craftsman|maker] use for the {k}?",
        "What [material|substance] did they [use|take] to make the {k}?",
        "Of [what|which] [stuff|substance|material] was the {k}?",
        "Out of [what|which] [stuff|substance] did they make the {k}?",
        "What [stuff|substance] does the {k} consist of?",
        "Which [stuff|substance] [is|was] the {k} made [of|from|out of]?",
        "What [are|were] the makings of the {k}, I mean its material?",
        "In [what|which] material [is|was] the {k} [made|worked]?",
        "Someone made the {k}: [of|from|out of] what?",
        "What has the {k} been made [of|from|out of]?",
        "[substance of|what material|which material] {k}",
        "{k} [substance|composition|consists of what|what made of|out of what]",
    ],
    "its colour": [
        "Is it [said|known|told] what colour the {k} [is|was|has]?",
        "It [is|was] [what|which] colour, the {k}?",
        "What colour, [please|exactly|then], [is|was] the {k}?",
        "According to the [text|document|story], what colour [is|was] the {k}?",
        "What colour does the [text|document|writer] say [that |]the {k} [is|was]?",
        "[May|Might] I ask what colour the {k} [is|was|has]?",
        "Any idea what colour the {k} [is|was|might be|could be]?",
        "[Write down|Find out|Let me know] what colour the {k} [is|was].",
        "The {k}, [what|which] colour [is|was] it?",
        "The {k} had [what|which] colour?",
        "The {k} [looks|looked] [what|which] colour?",
        "The {k} shows [what|which] colour?",
        "The {k} is of [what|which] [shade|hue|tint]?",
        "[What|Which] [shade|hue|tint] [does|did] the {k} have?",
        "[What|Which] colour [is|was] it that [one sees|people saw] on the {k}?",
        "[What|Which] colour did the [maker|painter] give the {k}?",
        "What [kind|sort] of colour [does|did] the {k} have?",
        "Which [is|was] the colour of the {k}?",
        "In [what|which] colour [does|did] the {k} [appear|come]?",
        "How would you [name|describe] the colour of the {k}?",
        "There is a colour to the {k}; [what|which] one[ is it|]?",
        "What [is|was] the {k}, by colour?",
        "With [what|which] colour [is|was] the {k} painted?",
        "[shade of|hue of|which colour|the colour of] {k}",
        "{k} [shade|hue|colour please|in which colour|is what colour]",
    ],
    "who built": [
        "Is it [said|known|told] who [built|put up|erected] the {s} [at|in] {t}?",
        "It was [who|which person|which builder] that built the {s} [at|in] {t}?",
        "According to the [text|document|story], who [built|put up] the {s} [at|in] {t}?",
        "Who does the [text|document|writer] say [built|put up] the {s} [at|in] {t}?",
        "[May|Might] I ask who [built|put up|erected] the {s} [at|in] {t}?",
        "Any idea who [built|put up|constructed] the {s} [at|in|of] {t}?",
        "[Write down|Find out|Let me know] who [built|put up] the {s} [at|in] {t}.",
        "[Do you know|Can you tell me] the name of the builder of the {s} [at|in] {t}?",
        "The person who [built|put up|erected] the {s} [at|in] {t} [is|was] who?",
        "The {s} [at|in] {t}, who [built|put up|erected] it?",
        "The {s} [at|in] {t}: by whom was it [built|put up|erected]?",
        "By whose [hand|hands] was the {s} [at|in] {t} [built|raised|put up]?",
        "Who is [known|thought|believed] to have [built|erected] the {s} [at|in] {t}?",
        "Who is credited with [building|putting up] the {s} [at|in] {t}?",
        "To whom is the building of the {s} [at|in] {t} [credited|ascribed|attributed]?",
        "Who [is|was] named as the builder of the {s} [at|in|of] {t}?",
        "[Which|What] [person|builder|mason] does the text name as builder of the {s} at {t}?",
        "What [is|was] the name of the one who [built|erected] the {s} [at|in] {t}?",
        "What name did the builder of the {s} [at|in] {t} [bear|have|go by]?",
        "There is a {s} [at|in] {t}. Who [built|put up|erected|constructed] it?",
        "{t} has a {s}; [who|which person|which builder] [built|put up] it?",
        "Somebody built the {s} [at|in] {t}; who was [it|that]?",
        "Whose [handiwork|building work] [is|was] the {s} [at|in] {t}?",
        "By which [mason|builder|person] was the {s} [at|in] {t} built?",
        "[who put up|who erected|who constructed|built by whom] {s} [at|in] {t}",
        "{s} [at|in|of] {t} [builder|built by|who built it|builder name]",
    ],
    "home": [
        "[Tell me|Please say|I wonder] where {p} [lived|lives|dwelt|had a house].",
        "[Do you know|Can you tell me] where {p} [lived|lives|dwelt|has a house]?",
        "[Do you know|Can you tell me] where the [home|house] of {p} [is|was]?",
        "[Do you know|Can you tell me] in which [town|village|place] {p} [lived|lives]?",
        "As for {p}, where [is|was] [the home|the house] of that person?",
        "As for {p}'s home, where [is|was] it?",
        "The house of {p} [is|was] [where|in which town|in what place]?",
        "The [place|town|village] [where|in which] {p} [lived|lives] is [what|which]?",
        "Is it [said|known|told] where {p} [lived|lives|had a house]?",
        "Where [is|was] {p} said to [live|dwell|have a house]?",
        "In [which|what] [town|village|place] [did|does] {p} have a [house|home]?",
        "In [which|what] [town|village|place] [did|does] {p} [make a home|have a dwelling]?",
        "What is the name of the [town|village|place] where {p} [lived|lives|had a house]?",
        "[Which|What] [town|village|place] should one name as {p}'s home?",
        "[Which|What] [town|village|place] should one name as the home of {p}?",
        "[Which|What] [town|village|place] did {p} [go home to|have as a home]?",
        "[Which|What] [town|village|place] was {p} [living in|settled in|resident in]?",
        "[Write down|Find out|Let me know] where {p} [lived|lives|has a home].",
        "Where [does|did] {p} [go home to|have a home]?",
        "Where [do|did] people find {p} at home?",
        "Where did the house of {p} stand?",
        "Where does the [house|home] of {p} [stand|lie]?",
        "[town of residence of|home town of|dwelling of|where is the home of] {p}",
        "{p} [lived where|lives where|lives in which town|dwelling|home where|house where]",
    ],
}
FURTHER_NOT_TOLD = {
    "thing": [
        "Who [owned|sold|bought|lost|had] the {k}[ at last| in the end|]?",
        "Who [kept|found|first owned] the {k} [then|in the end|at that time]?",
        "Who [keeps|owns|sells|guards|wants|polishes] the {k}[ now| these days|]?",
        "[Which person|What person|Which man or woman] [kept|sold|found|owned|stole] the {k}?",
        "[Which|What] [merchant|craftsman|smith|trader] [sold|bought|repaired|found] the {k}?",
        "Who was it that [sold|kept|found|stole|mended|paid for] the {k}?",
        "Who was it who [bought|lost|gave away|repaired|brought] the {k}?",
        "Who is it that [owns|keeps|wants|guards] the {k}?",
        "Who is said to have [found|sold|kept|stolen|lost|owned] the {k}?",
        "By whom was the {k} [sold|kept|found|bought|lost|owned|repaired]?",
        "By which [person|craftsman|merchant] was the {k} [sold|found|repaired|bought]?",
        "Who was the {k} [sold|found|owned|stolen|mended|bought] by?",
        "The {k} was [sold|found|stolen|bought|repaired] by [whom|which person|which craftsman]?",
        "Who was the [owner|seller|buyer|finder|keeper|thief|heir] of the {k}[ then| in the end|]?",
        "Who is the [seller|buyer|finder|keeper|guardian|heir] of the {k}?",
        "What is the name of the [owner|seller|buyer|finder|present owner] of the {k}?",
        "What was the name of the person who [sold|found|lost|kept|stole|repaired|owned] the {k}?",
        "What was the [owner|seller|finder|buyer|keeper] of the {k} called?",
        "[Name|Identify] the [owner|seller|finder|keeper|buyer|thief] of the {k}.",
        (
            "[Give|State] the name of the [owner of|person who sold|person who found|person who "
            "bought|man who stole] the {k}."
        ),
        "Do you know who [sold|kept|found|owns|stole|bought|repaired|lost] the {k}?",
        "[Can|Could] you tell me who [sold|found|kept|bought|mended|owned] the {k}[, please|]?",
        "[Tell me|Please tell me|Say] who [kept|sold|found|owned|paid for|lost] the {k}.",
        "[I would like to know|I want to know|I wonder] who [owns|sold|found|stole|kept] the {k}.",
        "[May I ask|Any idea] who [owned|sold|found|lost|kept|wanted] the {k}?",
        "Who, [according to the text|in fact|exactly], [sold|found|kept|owned|stole] the {k}?",
        "According to the [text|document|story], who [found|sold|owned|kept|bought] the {k}?",
        "As for the {k}, who [sold|kept|found|owned|stole|mended] it?",
        "The {k}: who [sold|kept|found|owned|bought|lost] it?",
        "the {k}: [whose is it|who owns it|who found it|who sold it|what is it worth]",
        "Who [paid|asked|waited|searched|begged] for the {k}?",
        "Who [ordered|commissioned|paid for] the making of the {k}?",
        "Who [taught|helped|paid|watched] the maker of the {k}?",
        "Who [is|was] the [father|wife|master|daughter|teacher] of the maker of the {k}?",
        (
            "[For which person|For which lord|For which family] was the {k} "
            "[made|crafted|meant|created]?"
        ),
        "Who [is|was] the {k} [meant|made|intended|crafted] for?",
        "To whom [was|is] the {k} [sold|given|lent|promised|owed]?",
        "From whom was the {k} [bought|stolen|borrowed|inherited|taken]?",
        "To whom [does|did] the {k} [belong|go after the death of its owner]?",
        "Whose [is|was] the {k}[, really| at first|]?",
        "Whose [key|gift|treasure|inheritance|dowry] [is|was] the {k}?",
        "[Which|What] family [owns|owned|inherited|sold|treasured] the {k}?",
        "Of which [family|guild|king] [is|was] the {k} the [property|treasure|pride]?",
        "In whose [family|possession|pocket|hands] was the {k}?",
        "Where was the {k} [found|sold|lost|stolen|mended|discovered]?",
        "Where did [they|someone|the owner|somebody] [find|sell|buy|lose|steal] the {k}?",
        (
            "In [which|what] [place|town|village] was the {k} "
            "[found|sold|bought|lost|stolen|repaired]?"
        ),
        "At [which|what] [place|market|fair] was the {k} [sold|bought|lost|found]?",
        "The {k} was [found|sold|stolen|lost|bought] [where|in which place|in what town]?",
        "From where was the {k} [stolen|taken away|stolen in the night]?",
        "From [which|what] [place|town|house] was the {k} [stolen|taken away]?",
        "Where does the [owner|seller|maker|finder] of the {k} [live|come from|sleep]?",
        "Where [can|could|might] one [buy|sell|repair] the {k}?",
        "Where was the {k} [last used|last sold|first shown|dropped]?",
        (
            "[Tell me|Please tell me|I wonder|Do you know] where the {k} was "
            "[found|sold|bought|stolen|lost]."
        ),
        "When was the {k} [sold|lost|found again|bought|repaired|brought here]?",
        "When did [they|someone|the owner|somebody] [sell|find|lose|buy|bring|repair] the {k}?",
        "In [what|which] year was the {k} [sold|lost|found|bought|repaired|inherited]?",
        "[What|Which] year was the {k} [sold|found|lost|bought|stolen] in?",
        "In [which|what] season [was|is] the {k} [sold|found|used|cleaned|lost]?",
        "The {k} was [sold|found|lost|stolen|bought] [when|in what year|in which year]?",
        (
            "[Tell me|Do you know|I wonder|Please say] when the {k} was "
            "[sold|found|lost|repaired|stolen]."
        ),
        "On [what|which] date was the {k} [sold|found|lost|stolen|returned]?",
        "How long was the {k} [lost|hidden|in use|missing]?",
        "How long ago was the {k} [sold|lost|stolen|found]?",
        "How old [is|was] the [owner|maker|finder] of the {k}?",
        "Why [is|was] the {k} [sold|lost|kept|famous|so dear]?",
        "Why did [they|the owner|someone] [sell|steal|want|buy|lose] the {k}?",
        "For what reason was the {k} [sold|made|kept|stolen|hidden]?",
        "How was the {k} [found|lost|stolen|sold|used|repaired]?",
        "How did they [find|lose|sell|make|use|repair] the {k}?",
        "How [heavy|large|small|long|thick|dear|famous] was the {k}?",
        "How much [is|was] the {k} [worth|sold for|bought for]?",
        "How many [owners|buyers|thieves|parts|scratches] [has|had] the {k}?",
        "How many times was the {k} [sold|stolen|repaired|lost]?",
        "How often [is|was] the {k} [used|cleaned|shown|repaired]?",
        "What [does|did] the {k} [cost|weigh|mean|do|look like|sound like]?",
        "What is the [price|weight|size|shape|value|purpose|use|history] of the {k}?",
        "What [is|was] the {k} [good for|needed for|sold for|kept for|filled with]?",
        "What for [is|was] the {k} [used|made|needed]?",
        "What [was|is] [on|next to|kept in|to be found in|hidden in] the {k}?",
        "What [was|is] [carved|scratched|written|to be read] on the {k}?",
        "[What|Which] [shape|size|length|weight] [is|was] the {k}?",
        "[What|Which] [shape|size|weight] [does|did] the {k} have?",
        "[What|Which] [words|letters|signs|pictures] are on the {k}?",
        "What happened to the {k}[ in the end| later|]?",
        "What did [they|the owner|someone] do with the {k}?",
        "What did [they|the buyer|someone] [pay|give] for the {k}?",
        "What was [said|told|sung] about the {k}?",
        "What material is the [box|lid|bag|chain] of the {k} made of?",
        "What colour [is|was] the [bag|chain|house of the owner|hair of the owner] of the {k}?",
        "What is the [name|age|trade|home] of the owner of the {k}?",
        "With [what|whom|which tools] was the {k} [made|cleaned|repaired|mended]?",
        "[Is|Was] the {k} [for sale|valuable|real|stolen|very heavy]?",
        "[Did|Could] [anyone|somebody] [sell|buy|find|steal] the {k}?",
        "[Tell me|I wonder|I want to know] [what|how much] the {k} [cost|weighed|was sold for].",
        "[Tell me|Please say|I wonder] how [heavy|big|dear|long] the {k} [is|was].",
        "[Describe|State|Give] the [size|shape|weight|price|purpose|use] of the {k}.",
        "Name the [person|man or woman] who [sold|found|kept|bought|stole|owned] the {k}.",
        "Name the [place|town|village] where the {k} was [found|sold|bought|lost|stolen].",
        "Name the year in which the {k} was [found|sold|bought|lost|stolen].",
        "[who owns|who found|who sold|who kept|who stole|owner of|price of|weight of] {k}",
        "{k} [seller|finder|keeper|value|thief|shape|purpose|found by|sold by|owned by|bought by]",
        "{k} [found|sold|bought|lost|stolen|repaired] [where|when|by whom|why]",
        "[where|when] {k} [found|sold|bought|lost|stolen]",
        "{k} [how heavy|how big|how much|what for|how used|meaning|for sale]",
    ],
    "building": [
        "Who [kept|owned|sold|bought|repaired|burned] the {s} [at|in|of] {t}?",
        "Who [keeps|guards|sweeps|uses|rents] the {s} [at|in] {t}[ now|]?",
        "Who [now owns|really owns|wants] the {s} [at|in] {t}?",
        "[Which|What] person [owned|sold|bought|repaired|burned down] the {s} [at|in] {t}?",
        "[Which|What] [mason|builder|craftsman] [repaired|pulled down|restored] the {s} at {t}?",
        "Who was it that [repaired|sold|bought|burned|paid for|destroyed] the {s} [at|in] {t}?",
        "By whom was the {s} [at|in|of] {t} [repaired|paid for|destroyed|sold|owned|used]?",
        "Who was the {s} [at|in|of] {t} [repaired|owned|sold|destroyed|paid for] by?",
        "The {s} [at|in] {t} was [repaired|sold|destroyed|bought] by [whom|which person]?",
        "Who [is|was] the [owner|keeper|buyer|guard|priest|warden] of the {s} [at|in] {t}?",
        "What [is|was] the name of the [owner|keeper|guard|destroyer] of the {s} [at|in] {t}?",
        "What [is|was] the [owner|keeper|warden] of the {s} [at|in] {t} called?",
        "[Name|Identify] the [owner|keeper|guard|buyer] of the {s} [at|in] {t}.",
        "Name the person who [repaired|sold|burned|bought|paid for] the {s} [at|in] {t}.",
        "Do you know who [repaired|owns|sold|paid for|destroyed] the {s} [at|in] {t}?",
        "[Tell me|Please say|I wonder] who [repaired|owned|paid for|sold] the {s} [at|in] {t}.",
        "Who [paid money|begged|fought|prayed|asked] for the {s} [at|in] {t}?",
        "Who [lived|slept|hid|prayed|was buried] in the {s} [at|in] {t}?",
        "Who [taught|helped|paid|married] the builder of the {s} [at|in] {t}?",
        "Who [is|was] the [wife|father|master|daughter] of the builder of the {s} at {t}?",
        "To whom [does|did] the {s} [at|in] {t} belong?",
        "To whom was the {s} [at|in] {t} [sold|given|let]?",
        "From whom was the {s} [at|in] {t} [bought|taken|rented]?",
        "Whose [property|house|pride] [is|was] the {s} [at|in] {t}?",
        "[Which|What] family [owned|sold|used|rented] the {s} [at|in] {t}?",
        "After whom [is|was] the {s} [at|in] {t} named?",
        "[As to|As for] the {s} [at|in] {t}, who [repaired|owned|sold|destroyed] it?",
        (
            "When was the {s} [in|of] {t} [repaired|sold|destroyed|burned "
            "down|bought|closed|painted|flooded|attacked]?"
        ),
        "When did [they|the people|someone] [repair|sell|pull down|close] the {s} [at|in] {t}?",
        "When did {t} [lose|sell|repair|pull down] its {s}?",
        "When did the {s} [at|in|of] {t} [burn down|fall down|shut|burn]?",
        (
            "In [what|which] year was the {s} [at|in] {t} [repaired|sold|burned "
            "down|destroyed|closed]?"
        ),
        "[What|Which] year did the {s} [at|in] {t} [burn down|close|fall down|collapse]?",
        (
            "The {s} [at|in] {t} was [repaired|sold|destroyed|closed] [when|in what year|in which "
            "year]?"
        ),
        (
            "[Tell me|Do you know|I wonder] when the {s} [at|in] {t} was "
            "[repaired|sold|destroyed|closed]."
        ),
        "On [what|which] date was the {s} [at|in] {t} [repaired|sold|destroyed|attacked]?",
        "When was the [roof|door|floor] of the {s} [at|in] {t} [repaired|replaced|painted]?",
        "When was the builder of the {s} [at|in] {t} [born|married|paid]?",
        "When [is|was] the {s} [at|in] {t} [busiest|locked|empty|open to visitors]?",
        "How long did [the building|the repair] of the {s} [at|in] {t} [take|last]?",
        "How [old|rich] was the [builder|owner] of the {s} [at|in] {t}?",
        "How [tall|long|large|beautiful|cold] [is|was] the {s} [at|in|of] {t}?",
        "How much did the {s} [at|in] {t} cost[ to build| to repair|]?",
        "How much [is|was] the {s} [at|in] {t} [worth|sold for]?",
        "How many [people|workers|hands] [built|repaired|visited|used] the {s} [at|in] {t}?",
        "How many [beams|walls|floors|doors] [has|had] the {s} [at|in] {t}?",
        "How many times was the {s} [at|in] {t} [repaired|sold|burned|flooded]?",
        "How often [is|was] the {s} [at|in] {t} [used|repaired|cleaned|closed]?",
        "How was the {s} [at|in] {t} [repaired|paid for|destroyed|used]?",
        "Why [is|was] the {s} [at|in] {t} [repaired|closed|famous|empty|destroyed]?",
        "Why did {t} [need|want|sell|close|build] its {s}?",
        "For what [reason|purpose] was the {s} [at|in] {t} [built|sold|closed]?",
        "For [which|what] [saint|lord|family] was the {s} [at|in] {t} built?",
        "What [is|was] the [price|height|size|length|shape|purpose|name] of the {s} [at|in] {t}?",
        "What [material|stone|wood] [is|was] used for the {s} [at|in] {t}?",
        "Of what [is|was] the {s} [at|in] {t} [made|built]?",
        "What colour [is|was] the [door|wall|outside] of the {s} [at|in] {t}?",
        "What [happened to|is near|stands beside|is under] the {s} [at|in] {t}?",
        "What [is|was] [written|painted|carved] [on|in] the {s} [at|in] {t}?",
        "What [is|was] [kept|sold|stored|done] in the {s} [at|in] {t}?",
        "Where did the builder of the {s} [at|in] {t} [live|learn the trade|die]?",
        "Where [is|was] the [owner|keeper|roof|entrance] of the {s} [at|in] {t}?",
        "Where did they [get|buy] the [wood|stone|money] for the {s} [at|in] {t}?",
        "[Which|What] [road|river|street] leads to the {s} [at|in] {t}?",
        "With [what|whose|which] money was the {s} [at|in] {t} built?",
        "[Tell me|Please say|I wonder] how [big|tall|long] the {s} [at|in] {t} [is|was].",
        "[State|Give|Describe] the [height|size|purpose|use|shape] of the {s} [at|in] {t}.",
        "[who owns|who repaired|who sold|owner of|height of|cost of] {s} [at|in] {t}",
        "{t} {s} [repaired|sold|destroyed|closed] [when|by whom|why]",
        "{s} [at|in] {t} [owner|cost|size|keeper|repaired when|repaired by|shape|material]",
    ],
    "person": [
        "How [tall|poor|happy|famous|brave|wise|ill] [is|was] {p}?",
        "How many children [has|had] {p}?",
        "How many [sons|daughters|cousins|grandchildren] [does|did] {p} have?",
        "How many [children|sons|daughters|nephews] [were born to|were brought up by] {p}?",
        "How many [books|rings|coins|beds|letters|debts|names] [has|had] {p}?",
        "How many [books|coins|songs|knives] did {p} [own|keep|have]?",
        "How many [years|months|days] did {p} [live|work|travel|serve]?",
        "How many [languages|songs|prayers] [does|did] {p} know?",
        "How many times did {p} [marry|travel|fall ill]?",
        "How many people [knew|visited|worked for] {p}?",
        "{p} had how many [children|brothers|sons|friends|books]?",
        "What [was|is] the number of {p}'s [children|sons|sisters|friends|servants]?",
        "How long did {p} [live|travel|work|sleep|reign]?",
        "How much [land|gold|bread|work] did {p} [have|get|want]?",
        "What colour [are|were] {p}'s [eyes|eyelashes|shoes][, please|]?",
        "[What|Which] colour are the [eyes|eyelashes|cheeks] of {p}?",
        "What colour [is|was] {p}'s [hair|beard|skin|door|roof|house]?",
        "What colour [is|was] the [beard|house|bed|door] of {p}?",
        "[Which|What] colour did {p}'s [eyes|cheeks] have?",
        "Of what colour [are|were] {p}'s [eyes|eyebrows|teeth]?",
        "[Which|What] colour [does|did] {p} [like|hate|prefer|love]?",
        "Where did {p} [work|marry|die|study|learn the trade|go|travel|pray]?",
        "Where [does|did] {p} [work|trade|go to market|buy bread|go to church]?",
        "Where was {p} [buried|married|taught|going|brought up]?",
        "Where do the [parents|children|friends|brothers] of {p} live?",
        "Where did {p}'s [mother|father|daughter|master] [live|come from|die]?",
        "In [which|what] [town|village|place] was {p} [born|buried|married|taught]?",
        "In [which|what] [town|village|place] did {p} [work|die|marry|study|learn the trade]?",
        "At [which|what] place did {p} [die|marry|work|study]?",
        "[Which|What] [town|village] did {p} [visit|rule|rob|leave]?",
        "To which [town|place] did {p} [travel|flee|ride]?",
        "What [was|is] the place of [birth|burial|work] of {p}?",
        "[Which|What] road leads to the house of {p}?",
        "When was {p} [knighted|last seen|robbed|young]?",
        "When did {p} [pass away|build the house|move|arrive|set out|sell the house|retire]?",
        "In [what|which] year did {p} [move|arrive|leave|fall ill|inherit]?",
        "When was the house of {p} [built|sold|burned]?",
        "Who [built|owned|sold|painted] the house of {p}?",
        "Who [lived|lives] [with|next to|near] {p}?",
        "Who [hated|knew|married|raised|paid|followed|kissed] {p}?",
        "Who [is|was] {p}'s [mother|father|wife|husband|master|brother|best friend]?",
        "Who [is|was] the [mother|son|husband|servant|lord|enemy] of {p}?",
        "Whose [daughter|wife|son|husband|servant|brother|sister] [is|was] {p}?",
        "To whom [is|was] {p} [married|related|engaged]?",
        "Whom did {p} [love|hate|visit|teach|serve|betray]?",
        "[Which|What] family [is|was] {p} from by birth?",
        "From [which|what] family [is|was] {p}?",
        "What [was|is] {p}'s [age|height|weight|religion|birthday|mother called]?",
        "What [was|is] {p} [called by friends|afraid of|famous for|good at|like]?",
        "What did {p} [make|sell|find|buy|lose|know|believe]?",
        "What [kind|sort] of [person|work|house] did {p} [like|want]?",
        "[Which|What] [trade|work|craft] did {p} [learn|do|teach]?",
        "What happened to {p}[ later| in the end|]?",
        "What did {p}'s house cost?",
        "What [is|was] {p}'s house [made of|worth|called]?",
        "How [big|old] [is|was] the [house|home] of {p}?",
        "Why [does|did] {p} live [there|in that place|so far away]?",
        "Why did {p} [marry|travel|weep|sell the house|work so hard]?",
        "With whom [does|did] {p} [work|live|share a house|trade]?",
        "[Tell me|Please say|I wonder] how old {p} [is|was].",
        "[Tell me|I wonder|Do you know] where {p} [was born|died|worked|married].",
        "[Tell me|I wonder|Do you know] how many [children|brothers|friends] {p} had.",
        "[Do you know|Tell me|I wonder] what colour {p}'s [eyes|hair] [were|might be].",
        "[Name|Identify] the [mother|wife or husband|children|trade|master] of {p}.",
        "[Give|State] the [age|birthday|trade|height] of {p}.",
        "{p} [children|eyes|hair|born where|born when|parents|married to|died when|how old]",
        "[age of|children of|trade of|parents of|how old] {p}",
    ],
    "garment": [
        "Who [sold|kept|found|washed|mended|has|stole] {p}'s {n}?",
        "Who [mended|washed|hid|kept|burned] the {n} of {p}?",
        "Who [wove|sewed|sold|bought|mended] the {n} that {p} wore?",
        "[Which|What] person [made|sold|mended|stole|found] the {n} of {p}?",
        "[Which|What] [tailor|weaver|merchant] [sold|sewed|mended|wove] {p}'s {n}?",
        "Who was it that [made|sold|stole|mended|found] {p}'s {n}?",
        "Who [lent|sold|promised|threw] {p} the {n}?",
        "Who was the [tailor|maker|next owner|thief] of {p}'s {n}?",
        "By whom was the {n} of {p} [sold|woven|washed|found|mended]?",
        "From whom did {p} [buy|borrow|steal|receive] the {n}?",
        "To whom did {p} [give|sell|show|promise] the {n}?",
        "For whom did {p} [wear|buy|mend] the {n}?",
        "Whose was the {n} before {p} had it?",
        "Whose [work|gift] was the {n} of {p}?",
        "Name the [tailor|maker|seller|thief] of {p}'s {n}.",
        "Where did {p} [lose|hang|get|sell|wash] the {n}?",
        "Where [is|was] the {n} of {p} [kept|hanging|found|sold|bought]?",
        "Where [was|is] {p}'s {n} [kept|lost|made|bought|mended]?",
        "In [which|what] [place|town|shop] did {p} [buy|lose|find|sell] the {n}?",
        "At [which|what] [market|fair] did {p} [buy|sell] the {n}?",
        "From where did {p} bring the {n}?",
        "[Do you know|Tell me|I wonder] where {p} [bought|lost|kept|found] the {n}.",
        "When did {p} [lose|sell|mend|wash|put away] the {n}?",
        "When was {p}'s {n} [bought|lost|mended|washed|dyed|sold]?",
        "In [what|which] year did {p} [buy|lose|find|sell] the {n}?",
        "In [what|which] year was the {n} of {p} [made|sold|stolen]?",
        "On [what|which] [days|feast] did {p} wear the {n}?",
        "How long did {p} [have|wear|want] the {n}?",
        "How long [is|was] {p}'s {n}?",
        "How [big|dear|heavy|thick|wide|new|fine|expensive] [is|was] {p}'s {n}?",
        "How [well|badly] did {p}'s {n} fit?",
        "How much did {p} pay for the {n}?",
        "How much [cloth|wool|money] was needed for the {n} of {p}?",
        "How many [pockets|seams|threads|folds|owners] [has|had] {p}'s {n}?",
        "How often did {p} [wear|wash|mend] the {n}?",
        "How did {p} [lose|get|wash|wear|carry] the {n}?",
        "Why did {p} [buy|sell|wear|burn|hide|keep] the {n}?",
        "Why was the {n} of {p} [torn|famous|sold|wet]?",
        "What did {p}'s {n} [cost|weigh|look like|smell of]?",
        "What did {p} [pay|give|get] for the {n}?",
        "What did {p} [wear|carry|have] [under|over|with] the {n}?",
        "What was the [price|size|length|age|weight|value] of {p}'s {n}?",
        "What [is|was] the {n} of {p} [worth|lined with|sewn from|trimmed with]?",
        "What [cloth|stuff|fabric|material] [is|was] {p}'s {n} made of?",
        "[What|Which] [fabric|wool|material] was used for the {n} of {p}?",
        "[What|Which] [shape|size|length|style] [is|was] {p}'s {n}?",
        "[What|Which] [shape|size|pattern] did the {n} of {p} have?",
        "What colour [is|was] the [lining|button|thread|hem|patch] of {p}'s {n}?",
        "What colour was the [lining|hem|fringe] of the {n} that {p} wore?",
        "What colour [were|are] the [sleeves|buttons|ribbons] of {p}'s {n}?",
        "What colour was the [box|bag] in which {p} kept the {n}?",
        "What colour [are|were] the eyes of {p} in that {n}?",
        "What [is|was] [written|sewn|embroidered] on {p}'s {n}?",
        "What [is|was] in the [pocket|folds] of {p}'s {n}?",
        "What happened to the {n} of {p}?",
        "With [what|whose] money did {p} [buy|pay for] the {n}?",
        "[Tell me|I wonder|Do you know] [how old|how long|how warm] {p}'s {n} [is|was].",
        "[Tell me|I wonder|Do you know] why {p} [bought|wore|sold] the {n}.",
        "{p} {n} [price|made by|bought where|fabric|cost|sewn by|age|sold to whom]",
        "{p}'s {n}: [who made it|what did it cost|where is it|how old is it]?",
    ],
    "herd": [
        "Who [kept|bought|found|milked|lost|killed] the {n} of {p}?",
        "Who [found|stole|watched|wanted|feeds] {p}'s {n}?",
        "[Which|What] person [sold|bought|stole|fed|found] the {n} of {p}?",
        "[Which|What] [farmer|merchant|servant|thief] [bought|fed|stole|sold] {p}'s {n}?",
        "Who was it that [bought|stole|fed|found] {p}'s {n}?",
        "Who [brought|left|once gave] {p} the {n}?",
        "Who [is|was] the [shepherd|next owner|buyer|keeper] of {p}'s {n}?",
        "By whom were the {n} of {p} [sold|bought|found|watched|driven home]?",
        "From whom did {p} [buy|borrow|receive] the {n}?",
        "To whom did {p} [sell|give|show] the {n}?",
        "For whom did {p} [keep|buy|feed] the {n}?",
        "Whose [fields|grass|garden] did the {n} of {p} eat?",
        "Name the [buyer|keeper|thief] of {p}'s {n}.",
        "[Do you know|Tell me|I wonder] who [bought|fed|stole|watched] {p}'s {n}.",
        "Where did {p} [sell|find|lose|feed|hide] the {n}?",
        "Where [are|were] the {n} of {p} [kept|sold|bought|found|at night]?",
        "Where do {p}'s {n} [sleep|graze|drink|live]?",
        "In [which|what] [town|village|market] did {p} [sell|buy|lose] the {n}?",
        "In [which|what] [place|field|barn] [are|were] {p}'s {n} [kept|fed|found]?",
        "From where did {p} bring the {n}?",
        "[Do you know|Tell me|I wonder] where {p} [bought|sold|lost|fed] the {n}.",
        "When did {p} [sell|lose|find|bring home] the {n}?",
        "When were the {n} of {p} [sold|bought|fed|found|lost]?",
        "In [what|which] year did {p} [buy|sell|lose|find] the {n}?",
        "In [what|which] year were {p}'s {n} [sold|stolen|bought]?",
        "In [what|which] season did {p} [buy|sell|lose] the {n}?",
        "How long did {p} [keep|have|own] the {n}?",
        "How long did the {n} of {p} live?",
        "How [heavy|strong|dear|hungry|thin|tame|fast|clever] [are|were] {p}'s {n}?",
        "How much did {p} [pay|ask|get] for the {n}?",
        "How much did the {n} of {p} [drink|bring in]?",
        "How much [hay|water|land|money] did {p}'s {n} need?",
        "How many {n} did {p} [sell|lose|buy|kill|give away|find|steal]?",
        "How many {n} were [stolen from|sold to|sold by|bought by] {p}?",
        "How many of {p}'s {n} [died|were ill|were stolen|ran away|were sold]?",
        "How many [people|men|thieves] [fed|stole|saw] {p}'s {n}?",
        "How many [days|years|months] did the {n} of {p} live?",
        "How many [fields|barns|coins] did {p} [need|have|give] for the {n}?",
        "How many times did {p} [count|feed|sell] the {n}?",
        "How often did {p} [feed|count|wash] the {n}?",
        "How did {p} [lose|sell|find|call|watch] the {n}?",
        "Why did {p} [sell|buy|keep|want|lose] [the|so many] {n}?",
        "Why were the {n} of {p} [sold|ill|famous|restless]?",
        "What did {p} [pay|ask|get] for the {n}?",
        "What did {p}'s {n} [cost|eat|drink|look like|break]?",
        "What [is|was] the [price|weight|age|breed|food] of {p}'s {n}?",
        "What [kind|sort|breed] of {n} did {p} [have|keep]?",
        "What colour [did|do] the {n} of {p} have?",
        "What [are|were] the {n} of {p} [called|fed with|worth|kept for]?",
        "What [is|was] the name of the [oldest|biggest|best] of {p}'s {n}?",
        "[What|Which] [illness|danger|storm] killed {p}'s {n}?",
        "[What|Which] [food|barn|field] did {p} give the {n}?",
        "[Which|Of what] colour are {p}'s {n}?",
        "What colour [is|was] the [barn|gate] where {p} kept the {n}?",
        "What happened to the {n} of {p}[ later| in the end|]?",
        "What did {p} do with the {n}?",
        "With [what|whose] money did {p} buy the {n}?",
        "With whom did {p} [share|sell|feed] the {n}?",
        "[Tell me|I wonder|Do you know] [how old|how big|how fat] {p}'s {n} [are|were].",
        "[Tell me|I wonder|Do you know] why {p} [kept|sold|bought] the {n}.",
        "{p} {n} [price|age|sold to whom|bought where|weight|bought when|shepherd|sold when]",
        "[price of|age of|colour of|names of|who sold] {p}'s {n}",
        "{p}'s {n}: [who bought them|what did they cost|where are they|how old are they]?",
    ],
}
