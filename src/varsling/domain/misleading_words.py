"""Words that letters make believed: authorities' names, and what an instruction is made of.

All are folded: small letters a to z and digits.
"""

import re

# At the beginning of a word: "Namsfogden", "kommunens". Namsos and the Namsen are no authority.
_BEGINNINGS = (
    "altinn", "arbeids-? og velferds", "arbeidsetat", "bailiff", "bankid", "barnevern", "boligkontor", "booliska",
    "bronnoysundreg", "bydel", "byfogd", "byrett", "datatilsyn", "den norske stat", "departement", "digdir",
    "digipost", "direktorat", "dommeren", "dommerkontor", "domstol", "embetsverk", "enforcement", "eviction",
    "finanstilsyn", "fogdekontor", "fogden", "folkeregister", "forbrukertilsyn", "forliksrad", "fylkeskommune",
    "fylkesmann", "fylkesnemnd", "gjeldsregister", "government", "herredsrett", "hoyesterett", "husbanken",
    "husleienemnd", "husleieombud", "husleietvistutvalg", "id-porten", "inkassonemnd",
    "innkrevings(?:sentral|myndig|etat)", "jordskifterett", "kemner", "kommune", "komornik", "kripos", "lagmannsrett",
    "lanekassen", "lensmann", "mattilsyn", "ministry", "nam[sz](?!o|sk|v|e?n(?!n))", "norges bank", "okokrim",
    "ordforer", "patalemyndighet", "police", "polici?ja", "poliisi", "polisen", "politi(?!s(?![a-z]))", "polizei",
    "regjering", "rettskontor", "rettsvesen", "riksadvokat", "sheriff", "sivilombud", "skatteetat", "skattekontor",
    "social services", "sorenskriv", "sosialetat", "sosialkontor", "sosialsjef", "sosialtjeneste", "statens ",
    "statsadvokat", "statsforvalt", "stortinget", "sysselmester", "tingrett", "trygdeetat", "trygdekontor",
    "tvangsfullbyrd", "tvangsmyndig", "utkastels", "utlendingsdirektorat", "utlendingsnemnd", "velferdsetat",
    "velferdsforvalt", "voldgiftsrett",
)  # fmt: skip
# Nav is short: a whole word, or with a word of its own behind it.
AUTHORITY = re.compile(
    rf"(?<![a-z])(?:n\W{{0,2}}a\W{{0,2}}v(?:s|-?(?:kontor|tjenest)\w*)?(?![a-z])|"
    rf"court(?![a-z])|retten (?:i|for)\b|retten$|"
    rf"(?:{'|'.join(_BEGINNINGS)}))|[a-z]departement|[a-z]politiet(?![a-z])|(?<![a-z])udi(?![a-z])"
)
# Long enough to be found wherever they stand, and however they are cut up.
SQUASHED = re.compile(
    "na(?:m|ni)smann|namsfogd|namsmyndig|namsrett|politidistrikt|domstol|tingrett|forliksrad|barnevernet|oslokommune"
)

_ROAD = (
    "(?:vei(?:en)?|ve[gj](?:en)?|vagen|gat[ea]n?|bakken|gard(?:en)?|plass(?:en)?|stien|lia|svingen|tunet|hagen|jordet|"
    "lokka|asen|kroken|torget|haugen|alle)"
)
# Streets and houses have their names of authorities: Lensmannsbakken, Fogdens gate, Politimester Bugges vei.
STREET = re.compile(rf"\b[a-z]+{_ROAD}\b|\b(?:[a-z]+ )?[a-z]+s {_ROAD}\b|\b[a-z]+ street\b|\brue de la [a-z]+")

_INSTRUCTIONS = (
    r"betal(?:es|er|e|ing|t)?", r"pay (?:now|today|to|the|your)", r"vipps\w*", r"konto(?:nummer|nr)?|kto",
    r"innbetal\w*", "bankgiro", r"overfor\w*", "send", "penger", "skylder", "bankid", r"flytt(?:e|es|er|ing)?",
    r"(?:ut|fra)flytt\w*", r"flytte(?:plikt|dag)", r"kast(?:e[rst]?)?", r"utkast\w*", r"fravik\w*",
    r"rommes?|romming", r"forlat\w*", r"oppmote", r"bytte[rs]?", r"lase?n?", r"nokk?[el]+(?:en|r|ne|ene)?",
    r"lever(?:es)?", r"evict\w*", "leave", r"(?:get|move) out", r"begjaring\w*|begjering\w*",
    r"tvangs(?:salg|fravik|fullbyrd|utkast)\w*", r"klikk", "straks", r"svindel\w*", r"falsk\w*", r"trukket",
    r"ignorer\w*", r"se bort", r"skriv under", r"signer(?:es)?", "svar", r"brev(?:et)?", r"varselet", "saken",
    r"kontakt", "call", r"ring", r"tlf|telefon", r"varslet", r"nav", r"politiet", r"namsmann\w*", r"barnevern\w*",
    r"hxxp", "slash", "mister", "hjemmet", "dommen", "rettskraftig", "siste frist",
)  # fmt: skip
_SMALL = (
    "du", "deg", "din", "ditt", "dere", "oss", "meg", "ma", "skal", "vil", "ikke", "na", "ut", "i dag",
    "boligen", "leiligheten", "utleier", "i morgen", "innen", "er", "kommer", "gjelder", "her", "dette", "denne",
    "til", "fredag", "mandag", "you", "your", "now", "today", "not", "must",
)  # fmt: skip
INSTRUCTION = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(_INSTRUCTIONS)})(?![a-z])")
SMALL_WORD = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(_SMALL)})(?![a-z])")

_TOP = (
    "no|com|net|org|io|ly|me|eu|info|app|dev|xyz|se|dk|fi|is|uk|de|nl|be|ch|at|fr|es|it|ru|ua|pl|cz|lt|lv|ee|us|ca|co|"
    "to|tk|cc|nu|ai|tv|biz|top|site|shop|store|club|online|finance|bank|pay|live|link|click|page|cloud|tech|pro|"
    "example|support|email|help|work|norge|name|agency|company|solutions|services|legal|law|money|cash|credit|world|"
    "today|life|"
    "news|one|vip|space|website|digital|group|global|media|network|gg|gl|gd|gy|sh|li|ie|pt|in|mobi"
)
SITE = re.compile(rf"[a-z0-9-]{{2,}}(?:\.|,(?! )| (?:dot|punktum) )(?:{_TOP})(?![a-z])|(?<![a-z])t\.me(?![a-z])")
# In references SAK.NO.12 and AVTALE.NO/3 are none, and "tv" stands for a flat to the left.
_OF_REFERENCES = (
    "acc|avtale|bygg|case|cust|enhet|faktura|hus|inn?v|invoice|kontrakt|kunde|lease|leie|leil|nr|order|ordre|ref|sak"
)
SITE_AS_REFERENCE = re.compile(
    rf"(?<![a-z0-9-])(?!(?:{_OF_REFERENCES})\.no[./_-]?\d)[a-z0-9-]{{2,}}\."
    rf"(?!tv(?![a-z])|it(?![a-z]))(?:{_TOP})(?![a-z0-9])|"
    rf"(?<![a-z])t\.(?:me|co)/"
)
PHONE = re.compile(r"(?<![\d.,/-])(?:\d(?:(?:[^\w\n]|_)?\d){7}|(?:\+|00)\d(?:(?:[^\w\n]|_)?\d){7,12})(?!\d)")
# Of a reference: no part of an account, as in INV-2026-11-12345.
YEAR_AND_MONTH = re.compile(r"(?<!\d)(?:19|20)\d\d[\W_](?:0[1-9]|1[0-2])(?=[\W_])")
CALLS = re.compile(
    r"(?:ring|call|tlf|telefon|vipps|sms|phone|mob(?:il)?)[\W_]*(?:\d[\W_]?){4,8}(?!\d)|konto[\W_]*\d{11}(?!\d)|"
    r"(?<![a-z0-9])no\d{13}(?!\d)"
)
ACCOUNT = re.compile(
    r"(?<!\d)(?!(?:19|20)\d\d\W\d{7})\d{4}[\W_]{1,3}(?:\d{2}[\W_]{1,3}\d{5}|\d{4}[\W_]{1,3}\d{3}|\d{7})(?!\d)"
)
_ONES = "null|en|ett|to|tre|fire|fem|seks|sju|syv|atte|ni"
_NUMBER = rf"(?:(?:{_ONES}|two|three|four)|(?:tjue|tretti|forti|femti|seksti|sytti|atti|nitti)?(?:{_ONES})(?:{_ONES})?)"
SPOKEN_NUMBER = re.compile(rf"(?<![a-z])(?:{_NUMBER}(?:[^\w\n]+{_NUMBER}){{3,}}|\w*(?:trettitre|tjueto)\w*)(?![a-z])")
