"""The words, topics and domains of the small world of e-mail."""

SPAM_TOPICS = {
    "prizes": ("winner", "prize", "claim", "lottery", "congratulations", "selected", "voucher", "reward"),
    "pills": ("pills", "pharmacy", "discount", "doctor", "weight", "miracle", "cheap", "cure"),
    "loans": ("loan", "credit", "debt", "approved", "rates", "mortgage", "cash", "bank"),
    "crypto": ("bitcoin", "wallet", "profit", "invest", "token", "mining", "double", "trading"),
    "dating": ("singles", "lonely", "meet", "photos", "profile", "tonight", "chat", "beautiful"),
    "invoices": ("invoice", "overdue", "payment", "suspended", "verify", "account", "transfer", "settle"),
    "parcels": ("parcel", "customs", "delivery", "fee", "tracking", "courier", "release", "pending"),
    "jobs": ("income", "remote", "recruiter", "salary", "hiring", "weekly", "earn", "vacancy"),
}
OLD_TOPICS = ("prizes", "pills", "loans")
"""What the filter of years ago was made for."""

HAM_TOPICS = {
    "work": ("meeting", "agenda", "report", "review", "deadline", "draft", "budget", "minutes", "slides"),
    "family": ("dinner", "weekend", "birthday", "kids", "holiday", "mum", "school", "garden"),
    "newsletter": ("newsletter", "issue", "article", "readers", "edition", "unsubscribe", "events", "podcast"),
    "orders": ("order", "shipped", "receipt", "delivery", "invoice", "payment", "tracking", "account"),
    "travel": ("flight", "hotel", "booking", "itinerary", "train", "luggage", "passport", "gate"),
}
BULK_TOPICS = ("newsletter", "orders")
PROJECTS = ("heron", "osprey", "plover", "curlew", "lapwing", "dunlin", "avocet")
"""A project a month: words of ham that come and go."""

COMMON = (
    "the", "and", "you", "for", "with", "this", "that", "please", "have", "will", "your", "are", "from", "today", "time", "just", "know",
    "about", "here", "best", "thanks", "soon", "new", "get", "our", "see", "open", "click", "more", "good",
)  # fmt: skip
PUSH = ("now", "urgent", "free", "act now", "last chance", "today only", "limited offer", "final notice")
DOMAIN_WORDS = ("quick", "prime", "secure", "global", "smart", "alert", "bonus", "direct", "fast", "star", "safe", "online", "easy")
PERSONS = ("example.org", "acme.com", "school.edu", "family.name", "council.gov", "studio.co", "smart-home.org", "direct-help.net")
MAILERS = ("shop.com", "weekly.news", "fast-courier.com", "mailer.net")
ATTACHMENTS = ("pdf", "image", "zip", "html")
ODDITIES = ("win10x", "covid19x", "b2b", "mp3s", "a4x", "top10s")
"""Words with digits in them that honest mail has, too."""

LOOKALIKES = {"i": "1", "o": "0", "e": "3", "a": "4", "l": "1"}
