"""The rules for what is proposed, asked, answered, ordered and held back."""

from __future__ import annotations

from typing import Final

from reftel.docket.rule import GAP, OURS, Rule, rule

_NOT = r"(?:\s+\w+)?\s+not"
_HAND_OVER = (
    r"(?:visit|call on|see|hand|transmit|pass|convey|deliver|forward|telegraph|cable|wire|report|confirm"
    r"|inform|tell|send)"
)
_DO = (
    r"(?:acknowledge|act|agree to|arrange|ascertain|ask|avoid|await|bring|check|continue|decline|defer"
    r"|demand|draw|"
    r"ensure|explain|find|follow|give|hold|insist|instruct|keep|leave|limit|make|press|propose|refrain"
    r"|refuse|"
    r"reject|request|resist|return|see that|seek|stand|stress|suggest|take|try|use|wait|warn|withdraw"
    r"|withhold)"
)
_POINT = (
    r"(?:first|second|third|fourth|fifth|sixth|other|remaining|[0-9]{1,2})(?: (?:two|three|four))?,? "
    r"(?:of your )?points?"
)
_PUNKT = r"(?:перв|втор|трет|четв[её]рт|пят|шест|остальн)\w*(?: двух| тр[её]х)?(?: Ваш\w*)? пункт\w*"

_TEXTS: Final = (
    rule(
        "a numbered point in quotation marks",
        "text",
        r"^[\"“«„](?P<quote>[^\"”»]{30,}[^\"”»\s])",
        "A numbered point begins with a quotation: words that are proposed.",
        scope="point",
    ),
    rule(
        "points announced",
        "text",
        r"(?P<quote>\S[\s\S]{9,})",
        "It stands among the points that the paragraph before announces.",
        scope="announced",
    ),
    rule(
        "words to be read",
        "text",
        r"\b(?:to read|reads?|as follows|the words|the text|the phrase)[:,]? "
        r"[\"“«](?P<quote>[^\"”»]{10,}[^\"”»\s])",
        "It quotes words that are to stand in a text.",
    ),
)

_ISSUES: Final = (
    rule(
        "a numbered point is an issue",
        "issue",
        r"^[\"“«„](?P<quote>[^\"”»]{30,}[^\"”»\s])",
        "A numbered point with a proposal is a matter in dispute; its number holds in this cable alone.",
        scope="point",
        level="principal",
    ),
    rule(
        "a point by its number",
        "issue",
        r"(?P<quote>\bpoint (?P<number>[0-9]{1,2}|[a-z]),? (?:which (?:provides for|concerns|deals with)"
        r"|on|about|concerning) (?P<about>[^.;,]{5,100}[^.;,\s]))",
        "It says what the point with that number is about.",
    ),
)

_QUESTIONS: Final = (
    rule(
        "asks for an opinion or an order",
        "question",
        r"\b(?:I|we) (?:urgently |respectfully )?(?:ask|request|beg)\b(?: (?:of )?you\b)"
        rf"?{GAP}\b(?:communicate|study|"
        r"tell|inform|advise|opinion|decision|orders?|instructions?|consideration|review|guidance|clarif\w+)"
        rf"|\b(?:ask|asked|request|beg) you\b{GAP}\b(?:to \w+|advice|assistance|permission)\b|\bturn to you\b"
        r"|\bplease (?:advise|communicate|let (?:me|us) know)"
        rf"|\bпро(?:шу|сим)\b{GAP}\b(?:рассмотреть|сообщить|указа\w+|мнени\w+|решени\w+|разъясн\w+)",
        "It asks the addressee for an opinion, an order or a decision.",
    ),
    rule(
        "wants an answer",
        "question",
        rf"\b(?:would like to have|awaits?|are requesting|is requesting|requests?|ожида\w+|ждем){GAP}"
        r"\b(?:clarifications?|opinion|instructions|guidance|answer|reply|ответ\w*|указани\w+)",
        "Somebody waits for a clarification or an answer.",
    ),
    rule(
        "wants to be told",
        "question",
        r"^(?:communicate|report|inform us|tell us|telegraph|let us know|сообщите)(?: also| urgently)?"
        r" (?:how|what|whether|when|where|who|why|if|как|что|когда|ли)\b",
        "It orders the addressee to tell something.",
    ),
    rule("ends with a question mark", "question", r"\?[\"”»’)]*$", "It is put as a question."),
    rule(
        "begins as a question",
        "question",
        r"^(?:(?:or|but|and) )?(?:(?:how|what(?! is \w+ is\b)|when|where|who|why|which) (?:should|shall"
        r"|can|could|do"
        r"|does|is|are|will|would|must)\b"
        r"|(?:should|shall|does|do|is|are|has|have) (?:we|they|it|you|I|he|the)\b)",
        "It begins as a question, though it ends with a full stop.",
    ),
)

_ANSWERS: Final = (
    rule(
        "put off",
        "answer",
        r"\b(?:action|decision|answer|reply|instructions) (?:on|to|regarding|concerning)"
        r"\b[^.;]{0,80}\b(?:will (?:be sent|follow|be given)|later)\b",
        "It puts an answer off.",
        how="deferred",
    ),
    rule(
        "agrees with you",
        "answer",
        r"\b(?:we|I)(?: also| completely| fully| entirely)* (?:agree|concur) with (?:you\b|your\b|the "
        r"(?:plan|proposal))"
        r"|\bno objections?\b|\bнет возражений\b|\bне возража\w+\b|\bсоглас(?:ны|ен) с\b",
        "It agrees with what the addressee wrote.",
        how="in full",
    ),
    rule(
        "your proposal is",
        "answer",
        r"\byour? (?:\w+ ){0,2}?(?:position|plan|proposals?|part|recommendations?|requests?|suggestions?"
        r"|opinion|view)\b"
        r"[^.;]{0,160}\b(?:is|are|to be) (?:\w+ )?(?:correct|right|accepted|approved|granted|satisfied"
        r"|rejected|wrong)\b"
        r"|\b(?:satisfied|granted|approved|refused|rejected) your (?:request|proposal)"
        r"|\b(?:we|I) consider it (?:correct|right|wrong|advisable) that\b",
        "It says how the addressee's words are judged.",
        how="in full",
    ),
    rule(
        "replied",
        "answer",
        r"\b(?:I|we) (?:replied|answered) (?:that|to)\b",
        "It tells what was answered.",
    ),
    rule(
        "as regards",
        "answer",
        r"^(?:with regard to|as regards|regarding|concerning|as for|as to|что касается|насч[её]т)"
        r"\b[^;]{0,200}"
        r"(?:\b(?:we|I) (?:also )?(?:consider|think|believe|agree|have no|cannot|can|propose)\b|\bit "
        r"seems\b|(?<!we )\bshould\b"
        r"|\bno objections?\b|\bfollow\b|\bcan be\b|\b(?:следует|можно|нет)\b)",
        "It takes up a point of the addressee's and says something of it.",
    ),
    rule(
        "by the number of the point",
        "answer",
        rf"\b(?:the )?{_POINT}\b[^.;]{{0,60}}\b(?:should|must|can|may|accept\w*|advanced)\b|\bpart of "
        rf"the {_POINT}\b|\b{_PUNKT}[^.;]{{0,60}}\b(?:следует|можно|нужно)\b",
        "It says what is to be done with a point, by its number.",
    ),
)

_INSTRUCTIONS: Final = (
    rule(
        "you must not",
        "instruction",
        rf"\byou (?:must|should|shall|are|will|may|can|need){_NOT}\b(?! (?:be |have )(?:able|received"
        r"|informed|aware))",
        "It says what the addressee must not do.",
        mode="must not",
    ),
    rule(
        "you must",
        "instruction",
        r"\byou (?:must|should|shall|are to|ought to|need to|are (?:hereby )?(?:directed|instructed"
        r"|ordered|requested) to)\b"
        r"|\byou will (?!also|recall|receive|find|note|see|be|have|remember|know|understand|agree|hear)\w+",
        "It says what the addressee must do.",
        mode="must",
    ),
    rule(
        "you may",
        "instruction",
        r"\byou (?:may|can|are (?:hereby )?(?:authori[sz]ed|permitted|free) to)\b",
        "It says what the addressee may do.",
        mode="may",
    ),
    rule(
        "inadvisable",
        "instruction",
        r"\b(?:inadvisable|inexpedient|inadmissib\w+|impermissible|not (?:advisable|permitted|allowed)"
        r"|недопустим\w+|нецелесообразн\w+)\b",
        "It calls something inadvisable.",
        commanding=True,
        mode="must not",
    ),
    rule(
        "our side must not",
        "instruction",
        rf"\b{OURS} (?:should|must|shall)(?:(?: \w+){{0,2}}? not)\b"
        r"|\b(?:it is|there is) (?:not necessary|no need) to\b|\b(?:не следует|нельзя|не надо|не нужно"
        r"|не должн\w+)\b",
        "It says what our side must not do.",
        commanding=True,
        mode="must not",
    ),
    rule(
        "our side must",
        "instruction",
        rf"\b{OURS} (?:should|must|shall)\b",
        "It says what our side must do.",
        commanding=True,
        mode="must",
    ),
    rule(
        "a thing must not be done",
        "instruction",
        r"\b(?:should|must|shall|is to|are to)(?: \w+)? not(?: \w+)? be \w+",
        "It says what must not be done.",
        commanding=True,
        mode="must not",
    ),
    rule(
        "a thing must be done",
        "instruction",
        r"\b(?:should|must)(?: \w+)? (?:be (?!(?:a|the|no|some|noted|able|difficult|sure|careful|aware"
        r"|clear|possible)\b)\w+"
        r"|continue)\b"
        r"|\b(?:следует|необходимо|надо|нужно|должн\w+)\b",
        "It says what must be done.",
        commanding=True,
        mode="must",
    ),
    rule(
        "a thing may be done",
        "instruction",
        rf"\bit is (?:possible|permissible)\b{GAP} to\b|\b(?:it|this|that|they) can be (?:accepted"
        r"|discussed|agreed|dropped)\b|\bможно\b",
        "It says what may be done.",
        commanding=True,
        mode="may",
    ),
    rule(
        "be guided by",
        "instruction",
        r"\bbe guided by (?:the|my|our|this|these)\b|\b(?:follow|carry out|in accordance with) (?:the|my"
        r"|our|these) instructions\b"
        r"|\bруководств\w+",
        "It refers the addressee to instructions.",
        mode="must",
    ),
    rule(
        "do not",
        "instruction",
        r"^(?:please )?(?:do not|don't|never|under no circumstances|не (?:делайте|сообщайте|передавайте"
        r"|допускайте))\b",
        "It begins with an order not to do something.",
        mode="must not",
    ),
    rule(
        "an order at the start",
        "instruction",
        rf"^(?:to )?(?:please |immediately |urgently |at once |also )*(?:{_HAND_OVER}|{_DO})"
        r"\b(?!\s*(?:\w+,|from|on the|no\b|№|\(|:))(?=\s+\w|\.)"
        r"|^(?:срочно |немедленно )?(?:передайте|посетите|телеграфируйте|подтвердите|исполнение "
        r"телеграфьте)\b",
        "It begins with an order.",
        mode="must",
    ),
)

_WITHHELD: Final = (
    rule(
        "not to be shown to",
        "withheld",
        r"\bnot\b(?: \w+){0,4}? (?:show|reveal|disclose|divulge|mention|publish|tell|be too open|make "
        r"known)\b(?! their)"
        r"[^.;]{0,80}?\b(?:before|to|from) (?P<not_for>(?:the|any) (?!effect|same|extent|first)"
        r"[^,.;:]{3,80})",
        "It is not to be shown to somebody.",
    ),
    rule(
        "not to be shown",
        "withheld",
        r"\bnot\b(?: \w+){0,4}? (?:show|reveal|disclose|divulge|publish|make known)\b(?! their)"
        r"|\bне (?:раскрыва\w+|разглаша\w+|показыва\w+|сообща\w+)\b",
        "It is not to be shown yet.",
    ),
    rule(
        "cards",
        "withheld",
        r"\b(?:show|lay|put)\w*\b[^.;]{0,30}\bcards\b",
        "It speaks of showing cards.",
    ),
    rule(
        "for your information only",
        "withheld",
        r"\bfor (?:your|his|their) (?:own |personal )?(?:information|guidance|eyes) only\b|\bnot for "
        r"(?:publication|release|onward|transmission)"
        r"|\b(?:strictly|keep (?:this|it)) (?:confidential|secret) (?:from|until)\b",
        "It is for the addressee alone.",
    ),
)

_FALLBACKS: Final = (
    rule(
        "if it fails, then",
        "fallback",
        r"(?:\b(?:in the event (?:that|of)|in case(?: of| that)?|if|если)\b|^should\b) "
        r"(?P<condition>[^,;]{4,200}?)"
        r"(?:, (?:then |то )?|,? then | (?=we intend|you will|you should|the decision|we shall))(?P<then>"
        r"(?:(?:we|you|our \w+) (?:intend|propose|will|shall|should|must|may|can)\b"
        r"|(?:transfer|refer|propose|accept|reject|refuse|drop|withdraw|report|wait)\b"
        r"|(?:it|this|that|the|these|all|его|это|их)\b[^,;]{0,120}"
        r"\b(?:should|must|can|is to|are to|be \w+ed|следует|можно|\w+ся)\b)"
        r"[^;]{0,300})",
        "It says what is done if something happens.",
    ),
)

ASKED: Final[tuple[Rule, ...]] = (
    *_TEXTS,
    *_ISSUES,
    *_QUESTIONS,
    *_ANSWERS,
    *_INSTRUCTIONS,
    *_WITHHELD,
    *_FALLBACKS,
)
"""Of each kind, the first that holds of a sentence is told."""
