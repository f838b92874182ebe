"""The rules for what is expected, reported and held: forecasts, meetings, moves, positions, journeys."""

from __future__ import annotations

from typing import Final

from reftel.docket.rule import GAP, US, Rule, rule

_THEIRS = r"(?:enemy|adversar(?:y|ies)|opponents?|opposing delegat\w+|other side|Americans|Communists)"
_SIDE = (
    r"(?P<party>(?:our|the enemy|enemy|their|the other side'?s?)(?: (?:side|representatives|delegation"
    r"|delegates))?|they|we)"
)
_MEETING = r"(?:meeting|session|plenary|sub-?delegations?|conference|talks|sitting)"
_CLOCK = r"(?:at |from )?(?P<{0}>[0-9]{{1,2}}[:.]?[0-9]{{2}}(?: hours)?|[0-9]{{1,2}} ?[ap]\. ?m\.)"

_ASSESSMENTS: Final = (
    rule(
        "will possibly",
        "assessment",
        r"\b(?:will|would|may|might|could) (?:\w+ )?(?:possibly|perhaps)\b"
        r"|\b(?:possibly|perhaps)\b[^;]{0,30}\b(?:will|would)\b"
        rf"|\bit is possible that\b|\b{_THEIRS}\b[^;]{{0,40}}\b(?:may|might|could)\b",
        "It says what may possibly come.",
        confidence="possible",
    ),
    rule(
        "will probably",
        "assessment",
        r"\b(?:probably|(?:un)?likely|in all likelihood|it is (?:probable|to be expected)|вероятно"
        r"|по-видимому)\b",
        "It says what will probably come.",
        confidence="probable",
    ),
    rule(
        "it is apparent",
        "assessment",
        r"\bit is(?: now)? (?:apparent|evident|clear|obvious|known)\b|\bit (?:seems|appears|would "
        r"(?:appear|seem))\b(?! to (?:us|me)\b)",
        "It draws a conclusion from what is seen.",
    ),
    rule(
        "we think",
        "assessment",
        rf"\b(?:I|{US})(?: also| therefore| now)?,? (?:think|believe|estimate|assess|expect|suppose|feel"
        r"|foresee|have no doubt|"
        r"am convinced|are convinced|am sure|are sure|consider (?!it\b|that you\b|your\b|you\b|it "
        r"necessary))\b"
        r"|\bin (?:my|our) (?:opinion|view|judgment|judgement|estimation)\b|\b(?:счита(?:ем|ю)"
        r"|полага(?:ем|ю)|дума(?:ем|ю)|надеюсь)\b",
        "Somebody says what he thinks or expects.",
    ),
    rule(
        "what they think",
        "assessment",
        rf"\bin the opinion of (?:the )?{_THEIRS}|\b{_THEIRS}\b(?: \w+){{0,3}}? (?:think|believe"
        r"|consider|fear|hope|want|wish)\b|\bbelief that\b",
        "It says what the other side thinks.",
    ),
    rule(
        "how they stand",
        "assessment",
        rf"\b(?:{_THEIRS}|they|he)\b[^;]{{0,60}}\b(?:are|is)\b(?: \w+){{0,2}}? (?:interested in|in need "
        r"of|inclined|disinclined|dragging|"
        r"stalling|weaken\w*|ready to|afraid|prepared to|spies)\b|\b(?:who|they),? [\w, ]{0,30}(?:is|are)"
        r" (?:spies|agents)\b",
        "It says how the other side stands.",
    ),
    rule(
        "difficulties",
        "assessment",
        r"\b(?:will|would|can|may|could)\b(?: \w+){0,2}? (?:be (?:\w+ )?(?:difficult|hard|protracted)"
        r"|numerous difficulties|arise|elicit|"
        r"have an influence|make it (?:still )?more difficult|lead to)\b|\b(?:is|are) very difficult\b"
        r"|(?:politically )?disadvantageous",
        "It foresees a difficulty.",
        risk="yes",
    ),
    rule(
        "what they will do",
        "assessment",
        rf"\b{_THEIRS}\b[^;]{{0,40}}\b(?:will|would)\b"
        r"|\b(?:they|he)\b[^;]{0,20}\bwill (?:not )?(?:agree|accept|refuse|reject|insist|demand|propose"
        r"|raise|try|use)\b",
        "It says what the other side will do.",
    ),
)

_SESSIONS: Final = (
    rule(
        "a meeting began",
        "session",
        rf"\b{_MEETING}\b[^;.]{{0,40}}\b(?:resumed|opened|began|convened|reconvened|started|met)"
        rf"\b[^;.]{{0,20}}?{_CLOCK.format('opened')}",
        "It says when a meeting began.",
    ),
    rule(
        "a meeting ended",
        "session",
        rf"\b{_MEETING}\b[^;.]{{0,40}}\b(?:ended|closed|adjourned|recessed|broke up|was suspended)"
        rf"\b[^;.]{{0,20}}?{_CLOCK.format('closed')}",
        "It says when a meeting ended.",
    ),
    rule(
        "the next meeting",
        "session",
        rf"\b(?:new|next) {_MEETING}\b[^;.]{{0,40}}?(?P<next>(?:tomorrow|today|on \w+|at )[^;.]{{0,40}})"
        rf"|\b{_MEETING} will be (?:held|resumed) (?P<next_>[^;.]{{3,40}})",
        "It says when the next meeting is.",
    ),
    rule(
        "atmosphere",
        "session",
        r"(?P<atmosphere>[^.;]{0,60}\batmosphere (?:was |is |remained )?(?:very |more |most )?"
        r"(?:good|bad|cordial|friendly|tense|cool|cold|calm|relaxed|stiff|hostile|businesslike)"
        r"\b[^.;]{0,60})",
        "It tells the mood of a meeting.",
    ),
    rule(
        "how they left",
        "session",
        r"\b(?P<departure>(?:enemy|their|opposing|other) (?:delegation|delegates|side|representatives) "
        r"(?:left|departed|withdrew)\b[^.;]{0,60})",
        "It tells how the other side left.",
    ),
    rule(
        "prepared for a meeting",
        "session",
        r"\b(?P<preparation>(?:we|our \w+) (?:discussed|prepared|rehearsed|drew up) the (?:program"
        r"|programme|agenda|plan|statement)\b[^.;]{0,60})",
        "It tells how our side prepared.",
    ),
    rule(
        "a visit or a call",
        "session",
        r"\b(?:I|we) (?:met(?: with)?|visited|called on|was received by|had a (?:talk|meeting"
        r"|conversation) with)\b (?P<present>(?-i:[A-Z])[\w.'-]+(?: (?-i:[A-Z])[\w.'-]+){0,3})"
        r"|\b(?:paid a visit|has had a meeting|had a meeting)\b",
        "It tells of a visit or a conversation.",
    ),
)

_OUTCOMES: Final = (
    rule(
        "agreed to",
        "outcome",
        r"\b(?P<outcome>(?:agreed|consented) to (?:\w+ ){0,2}?(?:submit|discuss|accept|include"
        r"|consider|take|allow|resume|receive|the)[^,;.]{0,80})",
        "It tells what was agreed to.",
    ),
    rule(
        "opposed or declined",
        "outcome",
        r"\b(?:we|they|he|side|representatives?|delegat\w+|enemy|Americans?)\b(?: \w+){0,2}? "
        r"(?P<outcome>(?:opposed|refused|rejected|declined|postponed|deferred|accepted|"
        r"took note of|tabled)\b[^,;.]{0,80})",
        "It tells what was refused, put off or accepted.",
        scope="clause",
    ),
    rule(
        "no agreement",
        "outcome",
        r"\b(?P<outcome>no (?:agreement|progress|decision) (?:was|has been|could be) (?:reached|made|taken))",
        "It tells that nothing was agreed.",
    ),
)

_MOVES: Final = (
    rule(
        "a proposal with a number",
        "move",
        rf"{_SIDE}\b{GAP}\b(?:offered|made|advanced|submitted|proposed|suggested|asked)"
        rf"\b{GAP}\b(?:increas|reduc|rais|lower|cut|widen|narrow)\w*\b"
        rf"{GAP}\b(?:to|by) (?P<to>[0-9][0-9.,]*(?: [a-z]+)?)",
        "It tells of an offer with a number.",
        move="offer",
    ),
    rule(
        "a proposal was made",
        "move",
        rf"{_SIDE}\b[^;.]{{0,40}}\b(?:offered|made|advanced|submitted|tabled|put forward|introduced"
        r"|proposed)\b[^;.]{0,60}"
        r"\b(?:proposals?|agenda|draft|resolution|plan|text|amendment)\b",
        "It tells of a proposal that was made.",
        move="offer",
    ),
    rule(
        "asked questions",
        "move",
        rf"{_SIDE}(?: \w+){{0,2}}? asked (?:\w+ )?questions?\b",
        "It tells that questions were asked at the table.",
        move="query",
    ),
    rule(
        "stalled",
        "move",
        rf"{_SIDE}\b[^;.]{{0,120}}\b(?P<reading>(?:to )?(?:stall for time|gain time|drag out)[^.;]{{0,60}})",
        "It reads what was done as stalling.",
        move="stall",
    ),
    rule(
        "criticised",
        "move",
        rf"{_SIDE}\b[^;.]{{0,60}}(?<!were )(?<!was )(?<!been )(?:criticiz|criticis|denounc|accus|protest)"
        r"ed\b",
        "It tells of a criticism.",
        move="criticism",
    ),
    rule(
        "took it away",
        "move",
        rf"{_SIDE} (?:took|received|accepted) [^;.]{{0,40}}\b(?:draft|text|agenda|proposal|map)"
        r"\b[^;.]{0,40}\b(?:with them|away|for (?:discussion|study))",
        "It tells that something was taken away for study.",
        move="other",
    ),
    rule(
        "a recess or a walk-out",
        "move",
        rf"{_SIDE}(?: \w+){{0,2}}? (?:asked for a recess|requested a recess|walked out|left the (?:room"
        r"|tent|table))",
        "It tells of a recess or a walk-out.",
        move="recess",
    ),
    rule(
        "a concession",
        "move",
        r"\b(?:proposal|offer|reduction|expansion|move|withdrawal)\b[^.;]{0,200}\bconcessions?\b",
        "It calls something a concession, or says that it is none.",
        move="concession",
    ),
)

_POSITIONS: Final = (
    rule(
        "not without",
        "position",
        r"\bwithout\b[^.;]{0,80}\bcannot\b|\bcannot\b[^.;]{0,80}\b(?:without|unless|until)\b"
        r"|\b(?:will|shall) not (?:accept|agree|sign|discuss|negotiate)\b[^.;]{0,80}\b(?:unless|until)\b",
        "It names a condition without which something will not be.",
        stance="red line",
    ),
    rule(
        "we demand",
        "position",
        rf"\b(?:I|{US})(?: must| shall| will)? (?:demand|insist)\b|\bнастаива(?:ть|ем)\b",
        "Our side demands or insists.",
        stance="demand",
    ),
    rule(
        "somebody insists",
        "position",
        r"\b(?P<party>(?!I\b|we\b)(?-i:[A-Z])[\w.]*(?: (?-i:[A-Z])[\w.]*){0,3}) (?:insists?|demands?) "
        r"(?:on|that)\b",
        "Somebody insists on something.",
        stance="demand",
    ),
    rule(
        "must be accepted",
        "position",
        r"\bmust be accepted\b|\bseems? (?:also )?inadvisable\b|\bfinal breaking point\b",
        "It says what is not given up.",
        stance="red line",
    ),
    rule(
        "somebody agrees",
        "position",
        r"\b(?:they|he|government|comrades|delegat\w+) (?:do not |does not |would )?agrees? (?:with|to"
        r"|that)\b",
        "It says what somebody agrees with.",
        stance="position",
    ),
    rule(
        "it has been decided",
        "position",
        r"\b(?:we|government|cabinet|committee) (?:have|has) decided (?:to|that|not)\b",
        "It tells of a decision.",
        stance="position",
    ),
    rule(
        "we agree or cannot agree",
        "position",
        rf"\b(?:{US}|I)(?: completely| fully| also)? (?:agree(?! with (?:you\b|your (?:evaluation"
        r"|proposal|position|opinion)))|cannot (?:agree|accept)|do not (?:agree|accept)|oppose|support"
        r"|propose to remain)\b"
        r"|\b(?:forces|troops|government) propose to remain\b",
        "Our side says what it accepts or does not accept.",
        stance="position",
    ),
)

_MOVEMENTS: Final = (
    rule(
        "somebody was sent",
        "movement",
        r"(?:\b(?P<sent>yesterday|today|on [^,;.]{3,20}?),? )?\b(?:we|I)(?: have)? (?:sent|dispatched"
        r"|are sending) (?P<who>(?!you\b|the text|a draft|the telegram)"
        r"(?:[\w.'-]+ ){1,12}?)to (?P<to>(?-i:[A-Z])[\w-]+)",
        "Somebody was sent somewhere.",
    ),
    rule(
        "somebody goes",
        "movement",
        r"\b(?P<who>he|they|[0-9]{1,4} \w+|(?:the )?(?:(?-i:[A-Z])[\w.'-]+ ){0,3}(?:(?-i:[A-Z])[\w.'-]+"
        r"|[0-9]{1,4} \w+|comrades|delegat\w+)) (?:will|plans? to|intends? to|is to|are to) (?:also )?"
        r"(?:arrive|leave|depart|go|return|stay|fly|travel|be sent)\b(?! you\b)(?: (?:in|to|for|from|on"
        r"|approximately)\b| (?-i:[A-Z]))",
        "Somebody is to go, come or stay.",
    ),
    rule(
        "somebody came",
        "movement",
        r"\b(?P<who>(?-i:[A-Z])[\w.'’-]+(?: (?:and|of|the|minister|foreign|affairs)| (?-i:[A-Z])"
        r"[\w.'’-]+){0,16}) (?:arrived|landed|departed|left) (?:in|at|for|from) (?P<to>(?-i:[A-Z])[\w-]+)"
        r"|\b(?:будут |был[аи]? )?(?:послан[аы]?|прибыл[аи]?|прибыть|выехал[аи]?)\b[^.;]{0,60} в "
        r"(?P<to_>(?-i:[А-Я])\w+)",
        "Somebody arrived or left.",
    ),
)

TOLD: Final[tuple[Rule, ...]] = (
    *_ASSESSMENTS,
    *_SESSIONS,
    *_OUTCOMES,
    *_MOVES,
    *_POSITIONS,
    *_MOVEMENTS,
)
"""Of each kind, the first that holds of a sentence is told."""
