/* Ring, span buffers, and the hook itself. Runs in the hook; the laws of docs/design.md hold on every line. */
#ifndef OTEL_AUDIT_HOOK_H
#define OTEL_AUDIT_HOOK_H
#include "_place.h"

/* ---- the ring -------------------------------------------------------------------------------------------------- */

/* Home's records have a ring of their own where there is a GIL: its holder is the only one to touch it, reader included,
 * and needs no locked instruction. All others write to the guests' ring, concurrently where they have own GILs. */
#ifdef Py_GIL_DISABLED
#define ALONE(where) false
#else
#define ALONE(where) LIKELY((where)->interpreter == 0)
#endif

static inline Ring *ring_of(bool alone)
{
#ifdef Py_GIL_DISABLED
    alone = true;
#endif
    return atomic_load_explicit(alone ? &core.ring : &core.guests, memory_order_acquire);
}

static inline uint8_t *place_at(Ring *ring, uint64_t at) { return ring->bytes + (at & (ring->size - 1)); }
static inline _Atomic uint32_t *word_at(Ring *ring, uint64_t at) { return (_Atomic uint32_t *)place_at(ring, at); }
static inline _Atomic uint64_t *merge_at(Ring *ring, uint64_t at)
{
    return (_Atomic uint64_t *)(place_at(ring, at) + offsetof(Header, merge));
}
/* A place's tag differs from lap to lap, so that a late merge cannot hit what was written there since. */
static inline uint64_t tag_of(uint64_t at) { return (at >> 3) << 32; }

static void ring_bell(void)
{
    /* asked first: past a quarter every record comes here, until the thread has woken */
    if (atomic_load_explicit(&core.rung, memory_order_relaxed) == 0 && atomic_exchange(&core.rung, 1) == 0)
        PyThread_release_lock(core.bell);
}

/* What is not known before an event is kept. */
typedef struct {
    uint32_t word; /* version, flags, event */
    uint64_t time_ns;
} Event;

static inline uint32_t event_word(uint8_t flags, uint32_t id)
{
    struct {
        uint8_t version, flags;
        uint16_t event;
    } as = {LAYOUT_VERSION, flags, (uint16_t)id};
    uint32_t word;
    memcpy(&word, &as, sizeof word);
    return word;
}

/* Reserve `need` bytes in one piece; `pad` bytes before them end a lap. Returns how many are in use then, or 0 when the
 * ring is full: only if the head it was judged by is still the head, for a stale one lies behind a tail that went on. */
static inline uint64_t reserve(Ring *ring, uint64_t need, uint64_t *head, uint64_t *pad, bool alone)
{
    *head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    for (;;) {
        uint64_t seen = *head, left = ring->size - (seen & (ring->size - 1));
        *pad = left < need ? left : 0;
        uint64_t used = seen + *pad + need - atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (UNLIKELY(used > ring->size)) {
            *head = atomic_load(&ring->head);
            if (*head == seen)
                return 0;
        }
        else if (alone) {
            atomic_store_explicit(&ring->head, seen + *pad + need, memory_order_relaxed);
            return used;
        }
        else if (LIKELY(atomic_compare_exchange_weak(&ring->head, head, seen + *pad + need)))
            return used;
    }
}

/* What of a record the moment decides, or its place. All but the first word, which commits. */
static inline void copy_record(uint8_t *place, const Header *record, Event event, uint64_t merge)
{
    store32(place + offsetof(Header, version), event.word);
    store64(place + offsetof(Header, merge), merge);
    store64(place + offsetof(Header, time_ns), event.time_ns);
    memcpy(place + offsetof(Header, trace), record->trace, record->word - offsetof(Header, trace));
}

/* Copy a record in: reserve, by compare-and-swap where there are others; commit by storing its first word last. Returns
 * position + 1 or 0. */
static inline uint64_t ring_put(const Header *record, Event event, bool alone)
{
    Ring *ring = ring_of(alone);
    uint64_t need = record->word, head, pad, used = reserve(ring, need, &head, &pad, alone);
    if (UNLIKELY(used == 0))
        return 0;
    if (UNLIKELY(pad != 0))
        atomic_store_explicit(word_at(ring, head), (uint32_t)pad | WORD_PAD | WORD_COMMITTED, memory_order_release);
    uint64_t at = head + pad;
    copy_record(place_at(ring, at), record, event, tag_of(at) | 1);
    atomic_store_explicit(word_at(ring, at), (uint32_t)need | WORD_COMMITTED, memory_order_release);
    if (UNLIKELY(used > ring->size / 4))
        ring_bell();
    return at + 1;
}

/* Whether a record of ordinary size would find no room. A tail that others moved past the head is no answer. */
static inline bool is_full(bool alone)
{
    Ring *ring = ring_of(alone);
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (LIKELY(head + ORDINARY_RECORD - atomic_load_explicit(&ring->tail, memory_order_acquire) <= ring->size))
        return false;
    return atomic_load(&ring->head) == head;
}

static inline bool ring_merge(uint64_t at, bool alone)
{
    _Atomic uint64_t *place = merge_at(ring_of(alone), at);
    uint64_t word = atomic_load(place);
    do {
        if ((word & ~(uint64_t)UINT32_MAX) != tag_of(at) || (uint32_t)word == 0 || (uint32_t)word == UINT32_MAX)
            return false; /* drained meanwhile */
        if (alone) {
            atomic_store_explicit(place, word + 1, memory_order_relaxed);
            return true;
        }
    } while (!atomic_compare_exchange_weak(place, &word, word + 1));
    return true;
}

/* ---- span buffers ---------------------------------------------------------------------------------------------- */

static APART bool grow_buffer(Thread *t, Owner *o, uint32_t need)
{
    if (o->capacity == 0 && atomic_load(&core.span_bytes) + SPARE_BUFFER <= SPAN_BYTES_CAP) {
        o->buffer = atomic_exchange(&core.spare, NULL);
        if (o->buffer != NULL) {
            o->capacity = SPARE_BUFFER;
            atomic_fetch_add(&core.span_bytes, SPARE_BUFFER);
            return true;
        }
    }
    uint32_t capacity = o->capacity ? o->capacity * 4 : SPAN_BUFFER;
    while (capacity < o->used + need)
        capacity *= 4;
    if (atomic_load(&core.span_bytes) + capacity - o->capacity > SPAN_BYTES_CAP) {
        bump(&t->stat[STAT_SPAN_MEMORY], 1);
        return false;
    }
    uint8_t *grown = PyMem_RawRealloc(o->buffer, capacity);
    if (grown == NULL) {
        bump(&t->stat[STAT_SPAN_MEMORY], 1);
        return false;
    }
    atomic_fetch_add(&core.span_bytes, capacity - o->capacity);
    o->buffer = grown;
    o->capacity = capacity;
    return true;
}

/* Append a record to its span's buffer. Returns offset + 1, or 0 with the cause counted. */
static inline uint32_t span_put(Thread *t, Owner *o, const Header *record, Event event)
{
    uint32_t at = 0;
    LOCK(o);
    if (UNLIKELY(o->closed))
        bump(&t->stat[STAT_SPAN_LATE], 1);
    else if (UNLIKELY(o->count >= core.max_span_events)) {
        o->over++;
        bump(&t->stat[STAT_SPAN_OVER], 1);
    }
    else if (LIKELY(o->capacity - o->used >= record->word) || grow_buffer(t, o, record->word)) {
        at = o->used + 1;
        uint8_t *place = o->buffer + o->used;
        memcpy(place, &record->word, 4);
        copy_record(place, record, event, 1);
        o->used += record->word;
        o->count++;
    }
    UNLOCK(o);
    return at;
}

static bool span_merge(Owner *o, uint32_t at)
{
    bool open;
    LOCK(o);
    open = !o->closed && at < o->used;
    if (open) {
        Header *record = (Header *)(o->buffer + at);
        record->merge++;
    }
    UNLOCK(o);
    return open;
}

/* ---- the hook -------------------------------------------------------------------------------------------------- */

static bool take_token(Entry *e)
{
    uint64_t now = coarse_ns(), next = atomic_load(&e->next_free), from;
    uint64_t burst = e->interval > 1000000000u ? e->interval : 1000000000u; /* one second's worth, at least one */
    do {
        from = next > now ? next : now;
        if (from + e->interval > now + burst)
            return false;
    } while (!atomic_compare_exchange_weak(&e->next_free, &next, from + e->interval));
    return true;
}

/* Remember a value; 1: new, 0: met before, -1: the memory is full. */
static int meet_first(Entry *e, uint64_t hash)
{
    hash |= 1; /* 0 marks a free slot */
    for (size_t i = hash >> 1;; i++) {
        _Atomic uint64_t *slot = &e->first[i % FIRST_SLOTS];
        uint64_t found = atomic_load(slot);
        if (found == hash)
            return 0;
        if (found != 0)
            continue;
        if (atomic_load(&e->firsts) >= FIRST_SLOTS / 2)
            return -1;
        if (atomic_compare_exchange_strong(slot, &found, hash)) {
            atomic_fetch_add(&e->firsts, 1);
            return 1;
        }
        if (found == hash)
            return 0;
    }
}

/* The note that a kept record of this hash left in this window, or NULL. */
static Merge *find_merge(Thread *t, uint64_t hash)
{
    uint32_t tag = (uint32_t)hash, any = 0;
    for (int i = 0; i < MERGE_SLOTS; i++) /* branchless, so that it becomes a few vector compares */
        any |= t->merge_tag[i] == tag;
    if (!any)
        return NULL;
    for (uint32_t i = 0; i < MERGE_SLOTS && i < t->merges; i++)
        if (t->merge_tag[i] == tag && t->merge[i].hash == hash)
            return &t->merge[i];
    return NULL;
}

/* Merge an event with its equal of this window: same event, values, trace, span, thread. */
static bool merge(const Merge *slot, Owner *owner, bool alone)
{
    if (slot->ring_at == 0 && slot->span_at == 0)
        return false;
    if (slot->span_at != 0 && (owner == NULL || owner->closed || owner->serial != slot->span_serial))
        return false;
    if (slot->ring_at != 0 && !ring_merge(slot->ring_at - 1, alone))
        return false;
    return slot->span_at == 0 || span_merge(owner, slot->span_at - 1) || slot->ring_at != 0;
}

/* A record found no room: nothing merges with it. */
static APART void note_miss(Thread *t)
{
    t->misses = t->missed == t->merges - 1 ? t->misses + 1 : 1;
    t->missed = t->merges;
}

/* Whether nothing can merge in this window: nothing was kept yet, or the last ones found no room, as many as are known. */
static bool nothing_merges(const Thread *t)
{
    return t->merges == 0 || (t->missed == t->merges && t->misses >= MERGE_SLOTS);
}

static inline void keep(Thread *t, const Entry *e, const Where *where, uint64_t hash, Merge *slot)
{
    bool again = slot != NULL;
    Header *h = &t->scratch.header;
    finish(h, where);
    uint8_t flags = (uint8_t)((where->unread ? FLAG_NO_TRACE : 0) | (where->on_loop ? FLAG_ON_EVENT_LOOP : 0));
    Event event = {event_word(flags, e->id), now_ns()};
    if (UNLIKELY(where->unread))
        bump(&t->stat[STAT_NO_TRACE], 1);
    if (LIKELY(!again)) {
        uint32_t next = t->merges++ % MERGE_SLOTS;
        t->merge_tag[next] = (uint32_t)hash;
        slot = &t->merge[next];
    }
    *slot = (Merge){.hash = hash};
    if (core.spans_on && where->owner != NULL) {
        bump(&t->stat[STAT_SPAN_KEPT], 1);
        slot->span_at = span_put(t, where->owner, h, event);
        slot->span_serial = where->owner->serial;
        if (UNLIKELY(where->owner->closed))
            event.word = event_word(flags | FLAG_LATE, e->id);
    }
    if (core.ring_mode == RING_ALL || (core.ring_mode == RING_MARKED && where->on_loop)) {
        bump(&t->stat[STAT_RING_KEPT], 1);
        slot->ring_at = ring_put(h, event, ALONE(where));
        if (UNLIKELY(slot->ring_at == 0)) {
            bump(&t->stat[STAT_RING_FULL], 1);
            if (slot->span_at == 0 && !again)
                note_miss(t);
        }
    }
    if (UNLIKELY(again) && (slot->ring_at != 0 || slot->span_at != 0))
        t->misses = 0;
}

/* Where the ring is full and nothing merges, an event that its span does not take either: count it as `keep` would, its
 * values unseen. False where the span takes it. */
static APART bool refuse(Thread *t, const Where *where)
{
    Owner *o = core.spans_on ? where->owner : NULL;
    if (o != NULL) {
        LOCK(o);
        bool takes = !o->closed && o->count < core.max_span_events;
        if (!takes) {
            bump(&t->stat[STAT_SPAN_KEPT], 1);
            bump(&t->stat[o->closed ? STAT_SPAN_LATE : STAT_SPAN_OVER], 1);
            o->over += !o->closed;
        }
        UNLOCK(o);
        if (takes)
            return false;
    }
    if (UNLIKELY(where->unread))
        bump(&t->stat[STAT_NO_TRACE], 1);
    bump(&t->stat[STAT_RING_KEPT], 1);
    bump(&t->stat[STAT_RING_FULL], 1);
    return true;
}

static APART void turn_window(Thread *t, uint32_t window, const Where *where)
{
    t->window = window;
    t->merges = t->misses = 0;
    memset(t->merge_tag, 0, sizeof t->merge_tag);
    if (where->interpreter == 0)
        learn_thread_name(t);
}

/* What becomes of an event that its rule leaves out; -1: it does not. */
static inline int sample(Thread *t, Entry *e, const Where *where)
{
    if (e->rule == RULE_RATIO && next_random(t) >= e->threshold)
        return COUNT_SAMPLED;
    if (e->rule == RULE_IN_TRACE && !(where->traced && (where->flags & 1)))
        return COUNT_SAMPLED;
    return e->rule == RULE_RATE && !take_token(e) ? COUNT_LIMITED : -1;
}

/* The same of one that keeps what it did not meet yet. */
static APART int sample_first(Thread *t, Entry *e, uint64_t hash)
{
    int met = meet_first(e, hash);
    if (met < 0)
        bump(&t->stat[STAT_FIRST_FULL], 1);
    return met == 1 ? -1 : met < 0 ? COUNT_DROPPED : COUNT_SAMPLED;
}

/* Sample, capture, look at the code, merge or keep. Returns what becomes of the event. */
static inline int decide(Thread *t, Entry *e, const char *name, PyObject *args, Where *where)
{
    bool look = e->looks;
    identify(where);
    if (core.ring_mode != RING_ALL && !(core.spans_on && where->owner != NULL)) {
        if (core.ring_mode == RING_OFF || !e->blocking)
            return COUNT_COUNTED;
        look_at_code(t, e, args, where);
        if (!where->on_loop)
            return COUNT_COUNTED;
        look = false;
    }
    int left_out = e->rule == RULE_ALL ? -1 : sample(t, e, where);
    if (left_out >= 0)
        return left_out;
    uint32_t window = atomic_load_explicit(&core.window, memory_order_relaxed);
    if (UNLIKELY(t->window != window))
        turn_window(t, window, where);
    if (core.ring_mode == RING_ALL && UNLIKELY(is_full(ALONE(where))) && e->rule != RULE_FIRST && nothing_merges(t)
        && refuse(t, where))
        return COUNT_KEPT;
    uint64_t hash = capture(t, e, name, args);
    if (e->rule == RULE_FIRST && (left_out = sample_first(t, e, hash)) >= 0)
        return left_out;
    if (look)
        look_at_code(t, e, args, where);
    if (where->on_loop || where->code != NULL)
        hash = hash_place(t, where, hash);
    if (where->owner != NULL)
        hash = fold(hash ^ where->owner->serial, hash_key);
    else if (where->traced || where->unread || where->interpreter != 0)
        hash = hash_bytes((const uint8_t *)where, offsetof(Where, suppressed), hash ^ where->interpreter);
    Merge *slot = find_merge(t, hash);
    if (slot != NULL && merge(slot, where->owner, ALONE(where)))
        return COUNT_MERGED;
    keep(t, e, where, hash, slot);
    return COUNT_KEPT;
}

static APART void end_timing(Thread *t, uint64_t start)
{
    uint64_t end = now_ns(); /* of a clock that may be set back */
    bump(&t->stat[STAT_TIMED], 1);
    bump(&t->stat[STAT_TIME_NS], end > start ? end - start : 0);
    t->time_at = t->kept + TIMED_EVERY;
}

static inline void count_only(Counter *count, int outcome)
{
    bump(&count[COUNT_SEEN], 1);
    bump(&count[outcome], 1);
}

static inline void observe(Thread *t, Counter *count, Entry *e, const char *name, PyObject *args, bool open)
{
    Where where = {.traced = false};
    bool timed = t->time_next;
    uint64_t start = UNLIKELY(timed) ? now_ns() : 0;
    t->time_next = false;
    look_around(&where);
    if (UNLIKELY(where.suppressed))
        bump(&t->stat[STAT_SUPPRESSED], 1);
    else {
        if (UNLIKELY(e->id == OTHER_ID))
            bump(&t->stat[STAT_NAMES_OTHER], 1);
        int outcome = open ? decide(t, e, name, args, &where) : COUNT_COUNTED;
        count_only(count, outcome);
        if (outcome == COUNT_KEPT) {
            if (UNLIKELY(timed))
                end_timing(t, start);
            t->time_next = ++t->kept >= t->time_at;
        }
    }
    Py_XDECREF(where.context);
    Py_XDECREF(where.loop);
}

/* Our own knock on the door. */
static APART void answer(PyObject *args)
{
    if (PyTuple_Check(args) && PyTuple_GET_SIZE(args) == 1 && PyLong_CheckExact(PyTuple_GET_ITEM(args, 0)))
        atomic_store(&core.nonce_seen, PyLong_AsUnsignedLongLongMask(PyTuple_GET_ITEM(args, 0)));
}

static int hook(const char *event, PyObject *args, void *generation)
{
    int mode = atomic_load_explicit(&core.mode, memory_order_relaxed);
    if (mode == MODE_OFF || (uintptr_t)generation != atomic_load_explicit(&core.generation, memory_order_relaxed))
        return 0;
    Entry *e = lookup(atomic_load_explicit(&core.table, memory_order_acquire), event);
    if (e == NULL || !e->selected)
        return 0;
    if (UNLIKELY(e->nonce)) {
        answer(args);
        return 0;
    }
    Thread *t = LIKELY(this_thread != NULL) ? this_thread : enter_thread();
    if (UNLIKELY(t != NULL && t->own)) {
        bump(&t->stat[STAT_SUPPRESSED], 1);
        return 0;
    }
    Counter *count = UNLIKELY(t == NULL) ? NULL : counters_of(t, e->id);
    if (UNLIKELY(count == NULL)) {
        atomic_fetch_add(&core.lost[e->id], 1);
        return 0;
    }
    if (UNLIKELY(t->busy)) {
        bump(&t->stat[STAT_REENTRANT], 1);
        count_only(count, COUNT_DROPPED);
        return 0;
    }
    if (UNLIKELY(IS_FINALIZING())) { /* nothing of Python is safe to touch */
        count_only(count, COUNT_COUNTED);
        return 0;
    }
    t->busy = true;
    observe(t, count, e, event, args, mode == MODE_ON && core.bodies);
    t->busy = false;
    return 0;
}

#endif
