/* What the core holds: constants, the record's layout, atoms and clocks, the one static state, threads, names. */
#ifndef OTEL_AUDIT_STATE_H
#define OTEL_AUDIT_STATE_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#include <time.h>
#include <unistd.h>
#endif
#ifdef _MSC_VER
#define THREAD_LOCAL __declspec(thread)
#else
#define THREAD_LOCAL _Thread_local
#endif
#if defined(__GNUC__)
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define APART __attribute__((noinline)) /* rare: out of the way of what is not */
#else
#define LIKELY(condition) (condition)
#define UNLIKELY(condition) (condition)
#define APART
#endif

#if PY_VERSION_HEX >= 0x030D0000
#define CURRENT_TSTATE PyThreadState_GetUnchecked
#define IS_FINALIZING Py_IsFinalizing
#else
#define CURRENT_TSTATE _PyThreadState_UncheckedGet
#define IS_FINALIZING _Py_IsFinalizing
#endif

/* Locks exist on free-threaded builds only: elsewhere the home interpreter's GIL orders the span table. */
#ifdef Py_GIL_DISABLED
#define LOCK_FIELD PyMutex lock;
#define LOCK(object) PyMutex_Lock(&(object)->lock)
#define UNLOCK(object) PyMutex_Unlock(&(object)->lock)
#define RESET_LOCK(object) memset(&(object)->lock, 0, sizeof((object)->lock))
#else
#define LOCK_FIELD
#define LOCK(object) ((void)0)
#define UNLOCK(object) ((void)0)
#define RESET_LOCK(object) ((void)0)
#endif

enum {
    LAYOUT_VERSION = 1,
    OTHER_ID = 0,          /* names that came after the name table was full */
    MESSAGE_ID = 1,        /* names that are messages */
    MAX_EVENTS = 2048,     /* event ids: about 210 of the catalogue, the user's names, added names, interned names */
    TABLE_SLOTS = 8192,    /* open addressing at a quarter full */
    MET_SLOTS = 1024,      /* by the address of a name: 20 names in use at once meet in a slot once in five programs */
    CACHE_LINE = 64,
    PAGE_EVENTS = 64,      /* counters of so many events are allocated at once, 3.5 KiB per thread */
    MAX_INTERNED = 512,    /* names never seen before; past it they count as `other` */
    MAX_NAME = 128,        /* longer names are messages, not names */
    MAX_KINDS = 16,
    TEXT_MAX = 1024,       /* bytes of one text value */
    ITEM_MAX = 256,        /* bytes of one item of argv or of an address */
    ITEMS_MAX = 64,
    TYPE_MAX = 64,
    WORD_MAX = 12,
    LINE_MAX_READ = 32,    /* characters of a line in which its command is looked for */
    VALUES_MAX = 3072,     /* bytes of all values of a record */
    THREAD_NAME_MAX = 48,
    WHO_MAX = 512,         /* bytes of what a span knows of its request */
    TASK_MAX = 128,        /* bytes of an asyncio task's name */
    SECTIONS_MAX = 4 + TEXT_MAX + 3 + 4 + WHO_MAX /* a name cut with its sign, and who */
        + 4 + TASK_MAX + 3 + 4 + 6 + ITEM_MAX + 3 + TEXT_MAX + 3, /* the task's name, and the location */
    FRAMES_MAX = 64,       /* how far the application is looked for */
    LOOPS_MAX = 64,        /* running at once, in all threads: past it tasks go without name */
    MERGE_SLOTS = 16,      /* per thread: the last kept records of a window, first in first out */
    FIRST_SLOTS = 4096,    /* distinct values that `first` remembers per event, at half full */
    TIMED_EVERY = 1024,
    ORDINARY_RECORD = 256, /* bytes: a ring with less room is full */
    SPAN_BUFFER = 1024,    /* bytes at first: some six events */
    SPARE_BUFFER = 16384,  /* of the one spare buffer */
};
#define MAX_INTERVAL 1e18 /* ns between tokens, 30 years: sums stay within 64 bits */
#define SPAN_BYTES_CAP (32u << 20) /* over all span buffers */

enum { COUNT_SEEN, COUNT_KEPT, COUNT_SAMPLED, COUNT_LIMITED, COUNT_MERGED, COUNT_COUNTED, COUNT_DROPPED, COUNTS };
enum {
    STAT_SUPPRESSED, STAT_NO_TRACE, STAT_FIRST_FULL, STAT_NO_MEMORY, STAT_REENTRANT, STAT_RING_KEPT, STAT_RING_FULL,
    STAT_SPAN_KEPT, STAT_SPAN_OVER, STAT_SPAN_LATE, STAT_SPAN_MEMORY, STAT_SPAN_ABANDONED, STAT_NAMES_OTHER,
    STAT_WHO_OVER, STAT_TIMED, STAT_TIME_NS, STATS
};
enum { MODE_OFF, MODE_ON, MODE_CLOSED };
enum { RULE_ALL, RULE_RATIO, RULE_RATE, RULE_FIRST, RULE_IN_TRACE };
enum {
    KIND_SKIP, KIND_TEXT, KIND_SIZE, KIND_INT, KIND_FLOAT, KIND_BOOL, KIND_PATH, KIND_ADDRESS, KIND_ARGV, KIND_CODE,
    KIND_TYPE, KIND_AUTO, KIND_WORD, KINDS
};
enum {
    TAG_MISSING, TAG_NONE, TAG_FALSE, TAG_TRUE, TAG_INT, TAG_UINT, TAG_FLOAT, TAG_TEXT, TAG_TEXT_CUT, TAG_RAW,
    TAG_RAW_CUT, TAG_SIZE, TAG_OPAQUE, TAG_ITEMS, TAG_CODE, TAG_PARTS
};
enum { WORD_COMMITTED = 1, WORD_PAD = 2, WORD_BITS = 7 };
enum { FLAG_LATE = 1, FLAG_NO_TRACE = 2, FLAG_ON_EVENT_LOOP = 4 };
enum { SECTION_NAME = 1, SECTION_WHO = 2, SECTION_LOCATION = 3, SECTION_TASK = 4 };
enum { RING_OFF, RING_ALL, RING_MARKED }; /* RING_MARKED: only what blocks an event loop */
enum { CODE_LIBRARY, CODE_INSTALLED, CODE_APPLICATION, CODE_LOOP, CODE_RUNNER, CODES }; /* application.Code */
static const uint8_t CUT[] = {0xE2, 0x80, 0xA6}; /* U+2026 */

typedef struct {
    uint32_t word; /* total length, a multiple of 8, and WORD_* bits; stored last */
    uint8_t version, flags;
    uint16_t event;
    uint64_t merge; /* high half: tag of its place, low half: how many equal events it stands for */
    uint64_t time_ns;
    uint8_t trace[16], span[8]; /* big-endian, as OTLP has them */
    uint64_t thread;
    uint32_t interpreter;
    uint8_t trace_flags, values, argc, name_length;
    uint32_t values_length;
    uint16_t sections, reserved;
} Header;
_Static_assert(sizeof(Header) == 72, "the layout has no padding");

/* ---- atoms, hashes, clocks ------------------------------------------------------------------------------------ */

typedef _Atomic uint64_t Counter;

/* Only its own thread writes a counter, so a plain add is exact; the atomics keep a reader's view whole. */
static inline void bump(Counter *counter, uint64_t by)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by, memory_order_relaxed);
}

static uint64_t hash_seed, hash_key; /* both random */

static inline uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline uint64_t load32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

/* Both halves of the product: a difference in any bit of either factor reaches all of the result. */
static inline uint64_t fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t low = al * bl, one = ah * bl + (low >> 32), two = al * bh + (uint32_t)one;
    return ((uint32_t)low | two << 32) ^ (ah * bh + (one >> 32) + (two >> 32));
#endif
}

static inline void store64(uint8_t *p, uint64_t v) { memcpy(p, &v, 8); }
static inline void store32(uint8_t *p, uint64_t v)
{
    uint32_t low = (uint32_t)v;
    memcpy(p, &low, 4);
}

/* Equal hashes are taken for equal values, so every block is keyed: nobody can make two that hash alike. The last bytes
 * are read by loads that overlap: gathering them one by one costs more than all the rest. */
static inline uint64_t hash_bytes(const void *data, size_t length, uint64_t seed)
{
    const uint8_t *p = data, *end = p + length;
    uint64_t h = fold(seed ^ length, hash_key), v = 0; /* folded first: else a seed's bits could cancel the data's */
    for (; end - p > 8; p += 8)
        h = fold(h ^ load64(p), hash_key);
    if (length >= 8)
        v = load64(end - 8);
    else if (length >= 4)
        v = load32(p) << 32 | load32(end - 4);
    else if (length != 0)
        v = (uint64_t)p[0] << 16 | (uint64_t)p[length >> 1] << 8 | end[-1];
    return fold(fold(h ^ v, hash_key) ^ hash_seed, 0xD6E8FEB86659FD93u);
}

/* Copy bytes and hash them on the way, 16 for a product: what is hashed comes from registers, not from what was just
 * written. Both factors are secret, as `hash` is; the caller has folded the length into it. */
static inline uint64_t hash_copied(uint8_t *to, const uint8_t *from, size_t length, uint64_t hash)
{
    uint64_t a = 0, b = 0;
    for (; length > 16; length -= 16, from += 16, to += 16) {
        a = load64(from);
        b = load64(from + 8);
        store64(to, a);
        store64(to + 8, b);
        hash = fold(a ^ hash_key, b ^ hash);
    }
    if (length >= 8) {
        a = load64(from);
        b = load64(from + length - 8);
        store64(to, a);
        store64(to + length - 8, b);
    }
    else if (length >= 4) {
        a = load32(from);
        b = load32(from + length - 4);
        store32(to, a);
        store32(to + length - 4, b);
    }
    else if (length != 0) {
        uint8_t first = from[0], middle = from[length >> 1], last = from[length - 1];
        a = (uint64_t)first << 16 | (uint64_t)middle << 8 | last;
        b = 0;
        to[0] = first;
        to[length >> 1] = middle;
        to[length - 1] = last;
    }
    else
        a = b = 0;
    return fold(a ^ hash_key, b ^ hash);
}

static uint64_t now_ns(void)
{
#ifdef _WIN32
    FILETIME ft;
    GetSystemTimePreciseAsFileTime(&ft);
    return ((((uint64_t)ft.dwHighDateTime << 32) | ft.dwLowDateTime) - 116444736000000000u) * 100;
#else
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
#endif
}

static uint64_t coarse_ns(void) /* monotonic, a few milliseconds coarse: enough for a bucket */
{
#ifdef _WIN32
    return GetTickCount64() * 1000000u;
#else
    struct timespec ts;
#ifdef CLOCK_MONOTONIC_COARSE
    clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
#else
    clock_gettime(CLOCK_MONOTONIC, &ts);
#endif
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
#endif
}

/* ---- what there is -------------------------------------------------------------------------------------------- */

/* Two cache lines: the first is for rules and locations; the second, with names up to 31 bytes, for every event. */
typedef struct {
    uint64_t hash;
    union {
        uint64_t threshold; /* ratio, as a 64-bit bound */
        uint64_t interval;  /* rate: nanoseconds between tokens */
    };
    _Atomic uint64_t next_free; /* rate: theoretical arrival time of the next token (GCRA) */
    _Atomic uint64_t *first;    /* first: hashes of the values met */
    uint64_t location, loop_location; /* chances, as 64-bit bounds */
    double value;               /* of the rule */
    _Atomic uint32_t firsts;
    uint32_t offset; /* of this struct in its memory */
    /* the second line */
    uint32_t id, length;
    _Atomic uint8_t replaced; /* by an entry of its name that came later */
    uint8_t selected, rule, kinds, nonce, blocking, looks; /* looks: at the code, for a loop or for the location */
    uint8_t kind[MAX_KINDS];
    char name[];
} Entry;

typedef struct {
    char *glob;
    uint8_t rule;
    double value;
} Glob;

typedef struct {
    uint32_t length; /* characters */
    uint8_t whose;
    Py_UCS4 *wide;
    uint8_t *narrow; /* where all its characters are below 256 */
    uint64_t last;   /* its last eight bytes then, where it has so many: what differs first, and most */
} Prefix;

typedef struct {
    _Atomic(Entry *) met[MET_SLOTS]; /* by a name's address, whatever lies there by now: its text is compared */
    _Atomic(Entry *) slot[TABLE_SLOTS];
    _Atomic(Entry *) by_id[MAX_EVENTS];
    Entry *other, *message;
    _Atomic uint32_t ids, interned, named; /* named: by the plan, or added since */
    Glob *include, *exclude, *sampling;
    size_t includes, excludes, samplings;
    uint8_t unknown_selected, unknown_rule;
    double unknown_value;
    uint8_t custom_kind[MAX_KINDS];
    uint8_t custom_kinds;
    Glob *located;
    size_t locateds;
    double unknown_location;
    Prefix *prefix; /* of file names, the first that fits decides */
    size_t prefixes;
} Table;

/* What of asyncio and sockets is asked: C functions, called as such. Never freed: a hook may be asking. */
typedef struct {
    PyObject *module, *key; /* strong, as all objects here */
    PyCFunction get_running_loop, get_name, get_timeout;
    _PyCFunctionFastWithKeywords current_task; /* either this */
    PyObject *current_tasks;                   /* or this: {loop: task} */
    PyTypeObject *task_type, *socket_type;
    Py_ssize_t kind_offset; /* of a socket's type in it */
    int datagram;
} Asyncio;

typedef struct {
    uint64_t hash, ring_at, span_serial; /* ring_at: position + 1; 0: not in the ring */
    uint32_t span_at;                    /* offset + 1; 0: not in the span's buffer */
} Merge;

typedef struct Thread {
    struct Thread *next; /* registry, never unlinked: the struct of a dead thread serves the next one */
    _Atomic int in_use;
    bool busy, own;
    bool time_next;
    uint32_t window, merges; /* merges: kept in this window so far */
    uint32_t misses, missed; /* of them, how many in a row found no room, and `merges` after the last of these */
    uint64_t ident, random, kept, time_at;
    uint8_t *values; /* in the scratch, behind the name */
    Counter stat[STATS];
    _Atomic(Counter *) page[MAX_EVENTS / PAGE_EVENTS]; /* of counters; made when one of its events comes */
    uint32_t merge_tag[MERGE_SLOTS]; /* low halves of the hashes: one cache line to look through */
    Merge merge[MERGE_SLOTS];
    /* One record in the making. What all records of a thread have in common stays there: version, thread, name. The
     * slack takes one-byte tags (16 values, 64 pieces of a path) after the values' bound. */
    union {
        Header header;
        uint8_t bytes[sizeof(Header) + THREAD_NAME_MAX + VALUES_MAX + SECTIONS_MAX + 160];
    } scratch;
} Thread;

typedef struct {
    PyObject_HEAD
    const void *key; /* the span's address, not a reference; NULL once out of the table */
    uint64_t serial;
    uint8_t trace[16], span[8], flags;
    bool closed;
    uint8_t *buffer;
    uint32_t used, capacity, count, over;
    uint32_t era;
    PyObject *who;      /* bytes, shared with the span's children; NULL: nothing is known */
    PyTypeObject *type; /* of the span, compared only: another object at its address is another span */
    LOCK_FIELD
} Owner;

typedef struct {
    uint64_t size;
    _Atomic uint64_t head, tail;
    _Alignas(8) uint8_t bytes[];
} Ring;

static struct {
    _Atomic int mode;
    _Atomic uint64_t generation; /* of the hook that listens; those of a refused arm() stay installed and deaf */
    bool installed, spans_on, bodies; /* bodies: some destination may want one */
    uint8_t ring_mode;
    _Atomic(Asyncio *) asyncio; /* NULL: nobody can tell whether a loop is running */
    long pid; /* of this process; 0 where there is no fork */
    _Atomic(Table *) table;
    PyInterpreterState *home;
    PyObject *variable, *span_key, *suppress_key; /* strong */
    PyObject *threads, *thread_name_attr, *context_attr;
    PyTypeObject *path_type;
    Py_ssize_t path_slot;
    _Atomic uint64_t nonce, nonce_seen;
    _Atomic(Thread *) registry;
    _Atomic uint64_t lost[MAX_EVENTS]; /* by event: those of threads that got no memory for their state */
    _Atomic uint32_t window;
    _Atomic(Ring *) ring; /* a replaced one is not freed: a hook may be writing to it */
    _Atomic(Ring *) guests; /* for interpreters that are not home, see ring_of() */
    bool guests_next;       /* to be drained */
    PyThread_type_lock bell; /* a binary semaphore: held, released to wake */
    _Atomic int rung;
    /* spans */
    uint32_t max_span_events;
    Owner **span;
    size_t span_slots, span_count;
    uint64_t span_serial;
    uint32_t era; /* forks since start */
    _Atomic uint64_t span_bytes;
    _Atomic(uint8_t *) spare; /* a buffer that a span left, for the next one */
    LOCK_FIELD
} core;

static PyTypeObject *owner_type;

static long own_pid(void)
{
#ifdef _WIN32
    return 0;
#else
    return (long)getpid();
#endif
}

/* ---- threads --------------------------------------------------------------------------------------------------- */

#if defined(__GLIBC__)
/* One pointer fits the loader's surplus; musl allows no such thing in a library that is loaded late. */
static THREAD_LOCAL Thread *this_thread __attribute__((tls_model("initial-exec")));
#else
static THREAD_LOCAL Thread *this_thread;
#endif

static void thread_ended(void *state)
{
    this_thread = NULL;
    atomic_store_explicit(&((Thread *)state)->in_use, 0, memory_order_release);
}

#ifdef _WIN32
static DWORD thread_key;
static void WINAPI thread_ended_windows(void *state)
{
    if (state != NULL)
        thread_ended(state);
}
static int make_thread_key(void) { return (thread_key = FlsAlloc(thread_ended_windows)) == FLS_OUT_OF_INDEXES; }
static void set_thread_key(Thread *t) { FlsSetValue(thread_key, t); }
#else
static pthread_key_t thread_key;
static int make_thread_key(void) { return pthread_key_create(&thread_key, thread_ended); }
static void set_thread_key(Thread *t) { pthread_setspecific(thread_key, t); }
#endif

static void seed_random(Thread *t) { t->random = hash_bytes(&t->ident, sizeof t->ident, hash_seed ^ now_ns()) | 1; }

static Thread *enter_thread(void)
{
    Thread *t = atomic_load_explicit(&core.registry, memory_order_acquire);
    for (; t != NULL; t = t->next) {
        int unused = 0;
        if (atomic_load_explicit(&t->in_use, memory_order_relaxed) == 0
            && atomic_compare_exchange_strong(&t->in_use, &unused, 1))
            break;
    }
    if (t == NULL) {
        t = PyMem_RawCalloc(1, sizeof(Thread));
        if (t == NULL)
            return NULL;
        atomic_store(&t->in_use, 1);
        t->next = atomic_load(&core.registry);
        while (!atomic_compare_exchange_weak(&core.registry, &t->next, t))
            ;
    }
    t->busy = t->own = false;
    t->window = t->merges = 0;
    t->ident = PyThread_get_thread_ident();
    t->scratch.header = (Header){.version = LAYOUT_VERSION, .merge = 1, .thread = t->ident};
    t->values = t->scratch.bytes + sizeof(Header);
    seed_random(t);
    set_thread_key(t);
    return this_thread = t;
}

/* An event's counters of this thread; NULL when there is no memory for them. */
static inline Counter *counters_of(Thread *t, uint32_t id)
{
    Counter *page = atomic_load_explicit(&t->page[id / PAGE_EVENTS], memory_order_relaxed);
    if (page == NULL) {
        page = PyMem_RawCalloc((size_t)PAGE_EVENTS * COUNTS, sizeof(Counter));
        if (page == NULL)
            return NULL;
        atomic_store_explicit(&t->page[id / PAGE_EVENTS], page, memory_order_release);
    }
    return page + (size_t)(id % PAGE_EVENTS) * COUNTS;
}

static inline uint64_t next_random(Thread *t) /* xorshift64* */
{
    t->random ^= t->random >> 12;
    t->random ^= t->random << 25;
    t->random ^= t->random >> 27;
    return t->random * 0x2545F4914F6CDD1Du;
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

static bool glob_match(const char *glob, const char *name, size_t length) /* `*` and `?` only */
{
    const char *star = NULL;
    size_t at = 0, back = 0;
    while (at < length) {
        if (*glob == '*') {
            star = ++glob;
            back = at;
        }
        else if (*glob == '?' || (*glob != '\0' && *glob == name[at])) {
            /* `?` is one character: skip the continuation bytes of what it stands for */
            bool any = *glob++ == '?';
            at++;
            while (any && at < length && ((uint8_t)name[at] & 0xC0) == 0x80)
                at++;
        }
        else if (star != NULL) {
            glob = star;
            at = ++back;
        }
        else
            return false;
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

static const Glob *first_match(const Glob *globs, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (glob_match(globs[i].glob, name, length))
            return &globs[i];
    return NULL;
}

static bool unknown_selected(const Table *table, const char *name, size_t length)
{
    if (first_match(table->exclude, table->excludes, name, length) != NULL)
        return false;
    return table->unknown_selected || first_match(table->include, table->includes, name, length) != NULL;
}

static uint64_t chance_bound(double value) /* 0 is never, all bits are always */
{
    return value >= 1.0 ? UINT64_MAX : value > 0.0 ? (uint64_t)(value * 18446744073709551616.0) : 0;
}

static void free_entry(Entry *e) /* one that was not published */
{
    PyMem_RawFree((void *)e->first);
    PyMem_RawFree((uint8_t *)e - e->offset);
}

static Entry *make_entry(const char *name, size_t length, uint8_t selected, uint8_t rule, double value)
{
    uint8_t *memory = PyMem_RawCalloc(1, sizeof(Entry) + length + 1 + CACHE_LINE);
    if (memory == NULL)
        return NULL;
    uint32_t offset = (uint32_t)(-(uintptr_t)memory & (CACHE_LINE - 1));
    Entry *e = (Entry *)(memory + offset);
    e->offset = offset;
    memcpy(e->name, name, length);
    e->length = (uint32_t)length;
    e->hash = hash_bytes(name, length, hash_seed);
    e->selected = selected;
    e->rule = rule;
    e->value = value;
    if (rule == RULE_RATIO)
        e->threshold = chance_bound(value);
    if (rule == RULE_RATE)
        e->interval = 1e9 / value < MAX_INTERVAL ? (uint64_t)(1e9 / value) : (uint64_t)MAX_INTERVAL;
    if (rule == RULE_FIRST && selected) {
        e->first = PyMem_RawCalloc(FIRST_SLOTS, sizeof(*e->first));
        if (e->first == NULL) {
            free_entry(e);
            return NULL;
        }
    }
    return e;
}

static inline bool is_named(const Entry *e, const char *name, size_t length, uint64_t hash)
{
    return e->hash == hash && e->length == length && memcmp(e->name, name, length) == 0;
}

/* Publish an entry, or return the one that another thread published under the same name. */
static Entry *publish(Table *table, Entry *e)
{
    for (size_t i = e->hash;; i++) {
        Entry *found = NULL;
        if (atomic_compare_exchange_strong(&table->slot[i % TABLE_SLOTS], &found, e))
            return e;
        if (is_named(found, e->name, e->length, e->hash))
            return found;
    }
}

/* Publish an entry in the place of one of the same name, which is not freed: a hook may be reading it. */
static void publish_instead(Table *table, Entry *e)
{
    for (size_t i = e->hash;; i++) {
        _Atomic(Entry *) *slot = &table->slot[i % TABLE_SLOTS];
        Entry *found = atomic_load(slot);
        while (found == NULL || is_named(found, e->name, e->length, e->hash))
            if (atomic_compare_exchange_weak(slot, &found, e)) {
                if (found != NULL)
                    atomic_store(&found->replaced, 1);
                return;
            }
    }
}

/* White space of a character in UTF-8, as str.isspace() has it; the final zero ends every comparison in time. */
static bool is_space(const uint8_t *p)
{
    switch (p[0]) {
    case 0xC2:
        return p[1] == 0x85 || p[1] == 0xA0;
    case 0xE1:
        return p[1] == 0x9A && p[2] == 0x80;
    case 0xE2:
        return (p[1] == 0x80 && ((p[2] >= 0x80 && p[2] <= 0x8A) || p[2] == 0xA8 || p[2] == 0xA9 || p[2] == 0xAF))
            || (p[1] == 0x81 && p[2] == 0x9F);
    case 0xE3:
        return p[1] == 0x80 && p[2] == 0x80;
    default:
        return (p[0] >= '\t' && p[0] <= '\r') || (p[0] >= 0x1C && p[0] <= ' ');
    }
}

static bool is_message(const char *name, size_t length)
{
    if (length > MAX_NAME)
        return true;
    for (size_t i = 0; i < length; i++)
        if (is_space((const uint8_t *)name + i))
            return true;
    return false;
}

static Entry *intern(Table *table, const char *name, size_t length)
{
    if (is_message(name, length))
        return table->message;
    bool selected = unknown_selected(table, name, length);
    if (atomic_load(&table->interned) >= MAX_INTERNED || atomic_fetch_add(&table->interned, 1) >= MAX_INTERNED)
        return selected ? table->other : NULL;
    const Glob *sampling = first_match(table->sampling, table->samplings, name, length);
    Entry *e = make_entry(name, length, selected, sampling ? sampling->rule : table->unknown_rule,
                          sampling ? sampling->value : table->unknown_value);
    if (e == NULL)
        return selected ? table->other : NULL;
    e->kinds = table->custom_kinds;
    memcpy(e->kind, table->custom_kind, MAX_KINDS);
    const Glob *located = first_match(table->located, table->locateds, name, length);
    e->location = e->loop_location = chance_bound(located ? located->value : table->unknown_location);
    e->looks = e->location != 0;
    e->id = atomic_fetch_add(&table->ids, 1);
    atomic_store(&table->by_id[e->id], e);
    return publish(table, e); /* a lost race wastes one id */
}

static APART Entry *find_entry(Table *table, const char *name, _Atomic(Entry *) *met)
{
    size_t length = strlen(name);
    uint64_t hash = hash_bytes(name, length, hash_seed);
    for (size_t i = hash;; i++) {
        Entry *e = atomic_load_explicit(&table->slot[i % TABLE_SLOTS], memory_order_acquire);
        if (e == NULL)
            return intern(table, name, length);
        if (is_named(e, name, length, hash)) {
            atomic_store_explicit(met, e, memory_order_release);
            return e;
        }
    }
}

/* Names are literals mostly: one that lies where a name was met before is compared with that one, which costs less than
 * hashing it. What lies elsewhere, or is another text by now, is looked for. */
static inline Entry *lookup(Table *table, const char *name)
{
    _Atomic(Entry *) *met = &table->met[(uint64_t)(uintptr_t)name * 0x9E3779B97F4A7C15u >> 54];
    Entry *e = atomic_load_explicit(met, memory_order_acquire);
    if (LIKELY(e != NULL && strcmp(e->name, name) == 0)
        && LIKELY(!atomic_load_explicit(&e->replaced, memory_order_relaxed)))
        return e;
    return find_entry(table, name, met);
}

_Static_assert(MET_SLOTS == 1 << (64 - 54), "the ten upper bits");
_Static_assert(offsetof(Entry, id) == CACHE_LINE, "what every event reads begins a line");

#endif
