/* Ring, span buffers, and the hook itself. Runs in the hook; the laws of docs/design.md hold on every line. */
#ifndef OTEL_AUDIT_HOOK_H
#define OTEL_AUDIT_HOOK_H
#include "_values.h"

/* ---- the ring -------------------------------------------------------------------------------------------------- */

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
    if (atomic_exchange(&core.rung, 1) == 0)
        PyThread_release_lock(core.bell);
}

/* Reserve `need` bytes in one piece; `pad` bytes before them end a lap. False when the ring is full: only if the head
 * it was judged by is still the head, for a stale one lies behind a tail that went on. */
static bool reserve(Ring *ring, uint64_t need, uint64_t *head, uint64_t *pad)
{
    *head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    for (;;) {
        uint64_t seen = *head, left = ring->size - (seen & (ring->size - 1));
        *pad = left < need ? left : 0;
        if (seen + *pad + need - atomic_load_explicit(&ring->tail, memory_order_acquire) > ring->size) {
            *head = atomic_load(&ring->head);
            if (*head == seen)
                return false;
        }
        else if (atomic_compare_exchange_weak(&ring->head, head, seen + *pad + need))
            return true;
    }
}

/* Copy a record in: reserve by compare-and-swap, commit by storing its first word last. Returns position + 1 or 0. */
static uint64_t ring_put(const Header *record)
{
    Ring *ring = atomic_load_explicit(&core.ring, memory_order_acquire);
    uint64_t need = record->word, head, pad;
    if (!reserve(ring, need, &head, &pad))
        return 0;
    if (pad != 0)
        atomic_store_explicit(word_at(ring, head), (uint32_t)pad | WORD_PAD | WORD_COMMITTED, memory_order_release);
    uint64_t at = head + pad;
    memcpy(place_at(ring, at) + 4, (const uint8_t *)record + 4, need - 4);
    atomic_store_explicit(merge_at(ring, at), tag_of(at) | 1, memory_order_relaxed);
    atomic_store_explicit(word_at(ring, at), (uint32_t)need | WORD_COMMITTED, memory_order_release);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed); /* may be past this record already */
    if (tail < at + need && at + need - tail > ring->size / 4)
        ring_bell();
    return at + 1;
}

static bool ring_merge(uint64_t at)
{
    _Atomic uint64_t *place = merge_at(atomic_load_explicit(&core.ring, memory_order_acquire), at);
    uint64_t word = atomic_load(place);
    do {
        if ((word & ~(uint64_t)UINT32_MAX) != tag_of(at) || (uint32_t)word == 0 || (uint32_t)word == UINT32_MAX)
            return false; /* drained meanwhile */
    } while (!atomic_compare_exchange_weak(place, &word, word + 1));
    return true;
}

/* ---- span buffers ---------------------------------------------------------------------------------------------- */

static bool grow_buffer(Thread *t, Owner *o, uint32_t need)
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
static uint32_t span_put(Thread *t, Owner *o, const Header *record)
{
    uint32_t at = 0;
    LOCK(o);
    if (o->closed)
        bump(&t->stat[STAT_SPAN_LATE], 1);
    else if (o->count >= core.max_span_events) {
        o->over++;
        bump(&t->stat[STAT_SPAN_OVER], 1);
    }
    else if (o->capacity - o->used >= record->word || grow_buffer(t, o, record->word)) {
        at = o->used + 1;
        memcpy(o->buffer + o->used, record, record->word);
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
static bool merge(const Merge *slot, Owner *owner)
{
    if (slot->ring_at == 0 && slot->span_at == 0)
        return false;
    if (slot->span_at != 0 && (owner == NULL || owner->closed || owner->serial != slot->span_serial))
        return false;
    if (slot->ring_at != 0 && !ring_merge(slot->ring_at - 1))
        return false;
    return slot->span_at == 0 || span_merge(owner, slot->span_at - 1) || slot->ring_at != 0;
}

static void keep(Thread *t, const Entry *e, const Where *where, uint64_t hash, Merge *slot)
{
    Header *h = &t->scratch.header;
    finish(h, where->owner);
    h->version = LAYOUT_VERSION;
    h->flags = where->unread ? FLAG_NO_TRACE : 0;
    h->event = (uint16_t)e->id;
    h->merge = 1;
    h->time_ns = now_ns();
    memcpy(h->trace, where->trace, 16);
    memcpy(h->span, where->span, 8);
    h->thread = t->ident;
    h->interpreter = where->interpreter;
    h->trace_flags = where->flags;
    h->reserved = 0;
    if (where->unread)
        bump(&t->stat[STAT_NO_TRACE], 1);
    if (slot == NULL) {
        uint32_t next = t->merges++ % MERGE_SLOTS;
        t->merge_tag[next] = (uint32_t)hash;
        slot = &t->merge[next];
    }
    *slot = (Merge){.hash = hash};
    if (core.spans_on && where->owner != NULL) {
        bump(&t->stat[STAT_SPAN_KEPT], 1);
        slot->span_at = span_put(t, where->owner, h);
        slot->span_serial = where->owner->serial;
        if (where->owner->closed)
            h->flags |= FLAG_LATE;
    }
    if (core.ring_on) {
        bump(&t->stat[STAT_RING_KEPT], 1);
        slot->ring_at = ring_put(h);
        if (slot->ring_at == 0)
            bump(&t->stat[STAT_RING_FULL], 1);
    }
}

/* Sample, capture, merge or keep. Returns what becomes of the event. */
static int decide(Thread *t, Entry *e, const char *name, PyObject *args, Where *where)
{
    if (!core.ring_on && !(core.spans_on && where->owner != NULL))
        return COUNT_COUNTED;
    if (e->rule == RULE_RATIO && next_random(t) >= e->threshold)
        return COUNT_SAMPLED;
    if (e->rule == RULE_IN_TRACE && !(where->traced && (where->flags & 1)))
        return COUNT_SAMPLED;
    if (e->rule == RULE_RATE && !take_token(e))
        return COUNT_LIMITED;
    uint32_t window = atomic_load_explicit(&core.window, memory_order_relaxed);
    if (t->window != window) {
        t->window = window;
        t->merges = 0;
        memset(t->merge_tag, 0, sizeof t->merge_tag);
        if (where->interpreter == 0)
            learn_thread_name(t);
    }
    capture(t, e, name, args);
    const uint8_t *values = t->scratch.bytes + sizeof(Header) + t->name_length;
    uint64_t hash = hash_bytes(values, t->scratch.header.values_length, hash_seed ^ ((uint64_t)e->id << 32));
    if (e->id <= MESSAGE_ID) /* whole, though the record may hold its beginning only */
        hash = hash_bytes(name, strlen(name), hash);
    if (e->rule == RULE_FIRST) {
        int met = meet_first(e, hash);
        if (met < 0)
            bump(&t->stat[STAT_FIRST_FULL], 1);
        if (met != 1)
            return met < 0 ? COUNT_DROPPED : COUNT_SAMPLED;
    }
    if (where->owner != NULL)
        hash = (hash ^ where->owner->serial) * 0x9E3779B97F4A7C15u;
    else if (where->traced || where->unread || where->interpreter != 0)
        hash = hash_bytes((const uint8_t *)where, offsetof(Where, suppressed), hash ^ where->interpreter);
    Merge *slot = find_merge(t, hash);
    if (slot != NULL && merge(slot, where->owner))
        return COUNT_MERGED;
    keep(t, e, where, hash, slot);
    return COUNT_KEPT;
}

static void observe(Thread *t, Counter *count, Entry *e, const char *name, PyObject *args, bool open)
{
    Where where = {.traced = false};
    bool timed = t->time_next;
    uint64_t start = timed ? now_ns() : 0;
    t->time_next = false;
    look_around(&where);
    if (where.suppressed)
        bump(&t->stat[STAT_SUPPRESSED], 1);
    else {
        if (e->id == OTHER_ID)
            bump(&t->stat[STAT_NAMES_OTHER], 1);
        int outcome = open ? decide(t, e, name, args, &where) : COUNT_COUNTED;
        bump(&count[COUNT_SEEN], 1);
        bump(&count[outcome], 1);
        if (outcome == COUNT_KEPT) {
            if (timed) {
                bump(&t->stat[STAT_TIMED], 1);
                uint64_t end = now_ns(); /* of a clock that may be set back */
                bump(&t->stat[STAT_TIME_NS], end > start ? end - start : 0);
                t->time_at = t->kept + TIMED_EVERY;
            }
            t->time_next = ++t->kept >= t->time_at;
        }
    }
    Py_XDECREF(where.context);
}

static void count_only(Counter *count, int outcome)
{
    bump(&count[COUNT_SEEN], 1);
    bump(&count[outcome], 1);
}

static int hook(const char *event, PyObject *args, void *generation)
{
    int mode = atomic_load_explicit(&core.mode, memory_order_relaxed);
    if (mode == MODE_OFF || (uintptr_t)generation != atomic_load_explicit(&core.generation, memory_order_relaxed))
        return 0;
    Entry *e = lookup(atomic_load_explicit(&core.table, memory_order_acquire), event);
    if (e == NULL || !e->selected)
        return 0;
    if (e->nonce) { /* our own knock on the door */
        if (PyTuple_Check(args) && PyTuple_GET_SIZE(args) == 1 && PyLong_CheckExact(PyTuple_GET_ITEM(args, 0)))
            atomic_store(&core.nonce_seen, PyLong_AsUnsignedLongLongMask(PyTuple_GET_ITEM(args, 0)));
        return 0;
    }
    Thread *t = this_thread != NULL ? this_thread : enter_thread();
    if (t != NULL && t->own) {
        bump(&t->stat[STAT_SUPPRESSED], 1);
        return 0;
    }
    Counter *count = t == NULL ? NULL : counters_of(t, e->id);
    if (count == NULL) {
        atomic_fetch_add(&core.lost[e->id], 1);
        return 0;
    }
    if (t->busy) {
        bump(&t->stat[STAT_REENTRANT], 1);
        count_only(count, COUNT_DROPPED);
        return 0;
    }
    if (IS_FINALIZING()) { /* nothing of Python is safe to touch */
        count_only(count, COUNT_COUNTED);
        return 0;
    }
    t->busy = true;
    observe(t, count, e, event, args, mode == MODE_ON);
    t->busy = false;
    return 0;
}

#endif
