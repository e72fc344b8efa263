# ruff: noqa: E501 - a pattern is easier to check as one line of words than cut in pieces
"""The words by which a norm is read: modalities, agents, vague words, units, cadences, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from burgrave.engines.norms.terms import Language, Modality

MODALITIES: Mapping[Language, re.Pattern[str]] = MappingProxyType(
    {
        Language.ENGLISH: re.compile(
            r"\b(?P<not>(?:shall|must|is to|are to|should|may|can)(?: not|n't)\b|cannot\b|can't\b|(?:is|are) (?:not (?:allowed|permitted)|"
            r"prohibited|forbidden)\b)|\b(?P<word>shall|must|(?:is|are) (?:required|obliged) to|"
            r"(?:is|are) responsible for|has to|have to|should|(?:is|are) expected to|may|can|will)\b",
            re.IGNORECASE,
        ),
        Language.CHINESE: re.compile(
            r"(?P<not>不得|不应当?|不允许|不准|严禁|禁止|切勿|不宜)|"
            r"(?P<word>必须|应当|(?<![对相适反响供效回顺一理感])应(?![用急对答变付聘酬运力])|"
            r"(?<![适便事])宜|(?<![不许认尽])可以|(?<![不许认尽])可(?![用靠能信以行见逆追控读])|(?<=[，,。；])需要?(?!求)|须)"
        ),
    }
)
"""Words of obligation. In Chinese the neighbours that make another word of a character are left out (对应, 应用, 许可)."""

_STRENGTH = (
    (("should not", "shouldn't", "不宜"), Modality.SHOULD_NOT),
    (("should", "expected", "宜"), Modality.SHOULD),
    (("may not", "cannot", "can not", "can't"), Modality.SHALL_NOT),
    (("not", "n't", "prohibited", "forbidden", "不", "禁", "勿"), Modality.SHALL_NOT),
    (("may", "can", "可"), Modality.MAY),
)


def strength(word: str) -> Modality:
    """The modality of a word that MODALITIES found."""
    said = word.lower()
    if said == "will":
        return Modality.SHALL
    return next((modality for words, modality in _STRENGTH if any(each in said for each in words)), Modality.SHALL)


AGENTS = re.compile(
    r"\b(?:owners?|officers?|employees?|staff|personnel|managers?|management|administrators?|teams?|users?|contractors?|"
    r"departments?|units?|organi[sz]ation|company|suppliers?|vendors?|providers?|board|committee|auditors?|developers?|"
    r"engineers?|operators?|responders?|custodians?|trainers?|head|director|executive|persons?|people|everybody|everyone|"
    r"who(?:ever|soever)|desk|office|security|workers?|individuals?|approvers?|reviewers?|holders?|we|you|{{[^}]+}})\b|{{[^}]+}}|"
    r"(?:人员|人|员工|部门|单位|组织|公司|委员会|小组|团队|经理|主管|负责人|管理员|管理者|管理层|供应商|服务商|承包商|用户|使用者|"
    r"审计师|培训师|讲师|审计员|审核员|开发者|工程师|所有者|保管者|责任人|办公室|领导|董事会|服务台|批准人|评审人|任何人|全体|企业|机构)",
    re.IGNORECASE,
)

VAGUE: Mapping[Language, re.Pattern[str]] = MappingProxyType(
    {
        Language.ENGLISH: re.compile(
            r"\b(appropriate(?:ly)?|adequate(?:ly)?|sufficient(?:ly)?|reasonabl[ey]|timely|in a timely manner|promptly|"
            r"as soon as (?:possible|practicable)|regular(?:ly)?|periodic(?:ally)?|from time to time|frequent(?:ly)?|"
            r"as (?:needed|required|necessary|appropriate)|(?:if|where|when|whenever) (?:necessary|needed|required|appropriate|"
            r"possible|feasible|practicable|applicable)|best effort|industry (?:standard|best practices?)|best practices?|"
            r"state[- ]of[- ]the[- ]art|secure(?:ly)?|robust(?:ly)?|strong|effective(?:ly)?|proper(?:ly)?|suitable|suitably|"
            r"and/or|etc\.?|and so on|among others|minimi[sz]e|maximi[sz]e|significant(?:ly)?|relevant|generally|normally|"
            r"usually|typically|large|small|quick(?:ly)?|immediate(?:ly)?|a number of|various|several|some)(?![\w-])",
            re.IGNORECASE,
        ),
        Language.CHINESE: re.compile(
            r"(适当|适宜地|合适|合理|及时|尽快|尽早|立即|定期|不定期|经常|必要时|需要时|视情况|酌情|根据需要|根据实际|尽量|尽可能|"
            r"原则上|一般情况|通常|充分|足够|有效地?(?!期)|妥善|严格|强口令|强密码|最佳实践|行业惯例|若干|有关(?!于)|相关|等等|适时|"
            r"大量|少量|重大(?=变更|影响)|显著)"
        ),
    }
)

LEADING_CONDITION: Mapping[Language, re.Pattern[str]] = MappingProxyType(
    {
        Language.ENGLISH: re.compile(
            r"^(?P<condition>(?:if|when|whenever|where|before|after|upon|on|once|as soon as|unless|until|during|while|"
            r"in case of|in the event (?:of|that)|for|at|within|prior to|following|without)\b[^,;:]*(?:\([^)]*\)[^,;:]*)?),\s*",
            re.IGNORECASE,
        ),
        Language.CHINESE: re.compile(
            r"^(?P<condition>(?:如果?|若|当|凡|在|对于?|发生|发现|遇有|除非|除|自|经|一旦|为)[^，。；]*?(?:时|后|前|的|内|中|外|情况下|之日起)?)[，,]\s*"
        ),
    }
)

TRAILING_CONDITION = re.compile(
    r"[,;]?\s*\b(?P<condition>(?:if|when|whenever|unless|before|after|until|once|provided that|as long as)\b.+)$",
    re.IGNORECASE,
)
CHINESE_CONDITION = re.compile(r"^在?(?P<condition>[^，。；]{1,30}?(?:之?后|之?前|时|期间))(?=[^，。；])")
EVIDENCE = re.compile(
    r"^\s*(?:\*{1,2}|_)?(?:evidence|proof|shown by|record)(?:\*{1,2}|_)?\s*[:：]\s*(?:\*{1,2}|_)?\s*(?P<en>.+)$|"
    r"^\s*(?:\*{1,2})?(?:证据|佐证|见证|记录)(?:\*{1,2})?\s*[:：]\s*(?:\*{1,2})?\s*(?P<zh>.+)$",
    re.IGNORECASE | re.DOTALL,
)
INLINE_EVIDENCE = re.compile(
    r"\b(?:recorded|logged|documented|registered|evidenced|entered|kept|noted|filed) (?:in|as|by|with) (?P<en>[^,;.]+)|"
    r"(?:记录|登记|记载|归档|存档)[在于入至到](?P<zh>[^，。；]+)",
    re.IGNORECASE,
)
PASSIVE = re.compile(
    r"^\s*(?:(?:also|only|always|never|then|further|in addition)\s+)?(?:be|get|have been|been)\s+(?:\w+ly\s+|not\s+|also\s+)?"
    r"(?P<verb>\w+(?:ed|en|wn|pt|lt|nt|ld|de|ept|ut|et|un|ad)|kept|held|sent|set|made|done|put|given|taken|known|written)\b",
    re.IGNORECASE,
)
BY_AGENT = re.compile(
    r"\bby (?P<agent>(?:the |an? |its |their |at least \w+ )?[^,;.]{1,80})|由(?P<zh>[^，。；]{1,30}?)(?=负责|进行|批准|审批|执行|"
    r"实施|组织|牵头|确认|保管|审核|评审|制定|签|开展|完成|提出|指定|处理|调查|维护|检查|监督|记录)",
    re.IGNORECASE,
)
INSTRUCTION = re.compile(
    r"^(?:please\s+)?(?P<verb>do not|don't|never|always|ensure|make sure|use|keep|report|contact|notify|rotate|delete|"
    r"encrypt|lock|avoid|check|verify|record|inform|change|store|follow|attach|execute|run|review|remove|disable|"
    r"enable|open|close|send|assign|pull|inspect|confirm|select|create|do so|deny|rotate)\b|^(?:请|勿|切勿|确保|保持|使用|检查|核对|记录|通知|报告|关闭|打开)",
    re.IGNORECASE,
)
NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90,
    "a": 1, "an": 1,
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
    "十二": 12, "十五": 15, "二十": 20, "三十": 30, "六十": 60, "九十": 90,
}  # fmt: skip
"""Numbers in words as far as norms use them."""

YEAR, MONTH, QUARTER, WEEK, DAY = 365.0, 30.0, 91.0, 7.0, 1.0
HOUR, MINUTE, SECOND = 1 / 24, 1 / 1440, 1 / 86400
WORKING_DAY = 1.4
"""Calendar days: months have 30, years 365, a working day is 7/5 of a day. For comparing, never for a deadline."""

UNITS = {
    "year": ("days", YEAR), "month": ("days", MONTH), "quarter": ("days", QUARTER), "week": ("days", WEEK),
    "day": ("days", DAY), "calendar day": ("days", DAY), "working day": ("days", WORKING_DAY),
    "business day": ("days", WORKING_DAY), "hour": ("days", HOUR), "minute": ("days", MINUTE), "second": ("days", SECOND),
    "character": ("characters", 1), "bit": ("bits", 1), "percent": ("percent", 1), "%": ("percent", 1),
    "attempt": ("attempts", 1), "time": ("times", 1), "generation": ("generations", 1), "copy": ("copies", 1),
    "copie": ("copies", 1), "person": ("persons", 1), "people": ("persons", 1), "approver": ("persons", 1),
    "factor": ("factors", 1), "level": ("levels", 1), "eur": ("eur", 1), "usd": ("usd", 1), "cny": ("cny", 1),
    "kilometre": ("kilometres", 1), "km": ("kilometres", 1),
    "年": ("days", YEAR), "个月": ("days", MONTH), "月": ("days", MONTH), "季度": ("days", QUARTER), "周": ("days", WEEK),
    "天": ("days", DAY), "日": ("days", DAY), "工作日": ("days", WORKING_DAY), "个工作日": ("days", WORKING_DAY),
    "小时": ("days", HOUR), "个小时": ("days", HOUR), "分钟": ("days", MINUTE), "秒": ("days", SECOND),
    "位": ("characters", 1), "个字符": ("characters", 1), "字符": ("characters", 1), "比特": ("bits", 1),
    "次": ("attempts", 1), "代": ("generations", 1), "份": ("copies", 1), "人": ("persons", 1), "名": ("persons", 1),
    "公里": ("kilometres", 1), "种因素": ("factors", 1), "个因素": ("factors", 1), "元": ("cny", 1),
}  # fmt: skip

_NUMBER = (
    r"(?P<number>\d{1,9}(?:[.,]\d+)?|"
    + "|".join(sorted((w for w in NUMBERS if w.isascii()), key=len, reverse=True))
    + ")"
)
_UNIT = "|".join(sorted((re.escape(unit) for unit in UNITS if unit.isascii() and unit != "%"), key=len, reverse=True))
_MIN = r"at least|not less than|no less than|no fewer than|not fewer than|a minimum of|minimum of|minimum|or more|≥|>=|more than|longer than"
_MAX = (
    r"at most|no more than|not more than|no later than|not later than|within|a maximum of|maximum of|maximum|up to|"
    r"≤|<=|less than|fewer than|no longer than|exceeding|exceed|in under"
)
QUANTITY: Mapping[Language, re.Pattern[str]] = MappingProxyType(
    {
        Language.ENGLISH: re.compile(
            rf"(?:\b(?P<min>{_MIN})\s+|\b(?P<max>{_MAX})\s+)?\b{_NUMBER}(?:\s*\(\d+\))?(?:\s*(?P<percent>%)|[\s-]+"
            rf"(?:consecutive |successive |failed |unsuccessful |different |previous |independent |full )?(?P<unit>{_UNIT})s?\b)(?P<after> or (?:more|less|longer|fewer))?",
            re.IGNORECASE,
        ),
        Language.CHINESE: re.compile(
            r"(?P<min>不少于|不低于|不得少于|不得低于|不应少于|至少|最少|最短|不短于|大于|超过(?<!不超过)|≥)?"
            r"(?P<max>不超过|不得超过|不应超过|至多|最多|最长|不高于|不晚于|小于|≤)?(?:连续)?\s*"
            r"(?P<number>\d{1,9}(?:\.\d+)?|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])\s*"
            r"(?P<unit>%|个工作日|工作日|个小时|小时|个月|季度|分钟|个字符|字符|比特|种因素|个因素|公里|年|月|周|天|日|秒|位|次|代|份|人|名|元)"
            r"(?P<after>以上|以内|之内|内|前)?"
        ),
    }
)

CADENCES: Mapping[Language, re.Pattern[str]] = MappingProxyType(
    {
        Language.ENGLISH: re.compile(
            r"\b(?:(?P<adverb>annually|yearly|semi-?annually|half-yearly|quarterly|monthly|fortnightly|weekly|daily|hourly)|"
            r"(?:once|twice|(?P<times>\w+) times) (?:a|an|per|each|every) (?P<per>year|quarter|month|week|day|hour)|"
            r"(?:each|every) (?P<count>\d{1,4}|other|\w+)?\s?(?P<each>years?|quarters?|months?|weeks?|days?|hours?|working days?)|"
            r"on an? (?P<basis>annual|yearly|quarterly|monthly|weekly|daily|hourly)(?: basis)?)\b",
            re.IGNORECASE,
        ),
        Language.CHINESE: re.compile(
            r"每(?P<count>\d{1,4}|半|[一二两三四五六七八九十]{1,3})?个?(?P<each>年|季度|月|周|天|日|小时|工作日)|按(?P<basis>年度?|季度|月度?|周|日)|"
            r"(?P<adverb>年度|季度|月度)(?=评审|审查|检查|复核|审计|演练)"
        ),
    }
)
PERIODS = {
    "annually": YEAR, "yearly": YEAR, "annual": YEAR, "semiannually": YEAR / 2, "half-yearly": YEAR / 2,
    "quarterly": QUARTER, "monthly": MONTH, "fortnightly": 14.0, "weekly": WEEK, "daily": DAY, "hourly": HOUR,
    "year": YEAR, "quarter": QUARTER, "month": MONTH, "week": WEEK, "day": DAY, "hour": HOUR, "working day": WORKING_DAY,
    "年": YEAR, "年度": YEAR, "季度": QUARTER, "月": MONTH, "月度": MONTH, "周": WEEK, "天": DAY, "日": DAY, "小时": HOUR,
    "工作日": WORKING_DAY,
}  # fmt: skip

UNFINISHED = re.compile(
    r"\b(?:TBD|TBA|TBC|X{3,}|FIX[M]E|lorem ipsum|to be (?:defined|decided|determined|confirmed))\b|待定|待补充|待确认|（略）"
)
UNIVERSAL: Mapping[Language, re.Pattern[str]] = MappingProxyType(
    {
        Language.ENGLISH: re.compile(r"\b(?:each|every|all|only|whenever|both|neither)\b", re.IGNORECASE),
        Language.CHINESE: re.compile(r"每|各|全部|所有(?!者)|任何|仅|只|均|一律"),
    }
)
"""What holds for all can be tested: one counter-example refutes it."""

SHARED_UNITS = frozenset({"days", "percent", "characters", "bits", "kilometres"})
"""Units that both languages name alike; what else is counted is compared by nobody."""

INFORMATIVE = re.compile(
    r"^\s*(?:\*{1,2}|_)?(?:note|example|examples|rationale|background|see also|注|示例|例|说明|背景)(?:\s+\d+)?(?:\*{1,2}|_)?\s*[:：]",
    re.IGNORECASE,
)

TOPICS = (
    ("password length", re.compile(r"password|passphrase|口令|密码", re.IGNORECASE), {"characters"}),
    ("PIN length", re.compile(r"\bPIN\b"), {"characters"}),
    ("failed sign-ins before the lockout", re.compile(r"(?:failed|unsuccessful|invalid).{0,40}attempt|登录失败|失败登录", re.IGNORECASE), {"attempts"}),
    ("idle time before the screen locks", re.compile(r"(?:lock|time ?out).{0,60}(?:idle|inactiv)|(?:idle|inactiv).{0,60}(?:lock|time ?out)|(?:闲置|空闲|无操作).{0,20}锁", re.IGNORECASE), {"days"}),
    ("how long logs are kept", re.compile(r"\blogs?\b.{0,60}(?:kept|retain|stor)|(?:keep|retain|stor\w+).{0,40}\blogs?\b|日志.{0,20}(?:保存|留存|保留)", re.IGNORECASE), {"days"}),
    ("how often access rights are reviewed", re.compile(r"access (?:right|review|list)s?.{0,60}review|review.{0,40}access|访问权限.{0,20}(?:评审|复核|审查)", re.IGNORECASE), {"cadence"}),
    ("how often passwords change", re.compile(r"password.{0,60}(?:rotat|chang|renew)|(?:口令|密码).{0,20}(?:更换|修改|变更)", re.IGNORECASE), {"cadence"}),
    ("how often backups are tested", re.compile(r"(?:backup|restor).{0,60}test|test.{0,40}(?:backup|restor)|备份.{0,20}(?:测试|演练)|恢复.{0,10}演练", re.IGNORECASE), {"cadence"}),
    ("how often people are trained", re.compile(r"(?:awareness|security).{0,20}training|(?:安全|意识).{0,6}培训", re.IGNORECASE), {"cadence"}),
    ("how fast access of leavers ends", re.compile(r"(?:terminat|leav|depart|offboard).{0,80}(?:access|account).{0,60}(?:revok|remov|disabl|deactivat)|(?:revok|remov|disabl|deactivat).{0,60}(?:terminat|leav|depart)|离职.{0,30}(?:停用|注销|收回)", re.IGNORECASE), {"days"}),
    ("symmetric key length", re.compile(r"\bAES\b|symmetric key|对称密钥", re.IGNORECASE), {"bits"}),
)  # fmt: skip
"""Values that norms often set without naming a parameter; what two of them say of one topic is compared."""
