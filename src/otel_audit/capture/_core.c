/* The C core: an audit hook that copies a few bytes and returns.
 *
 * Read in the order an event flows: _state.h (threads, names), _values.h (trace context, captured values), _place.h
 * (event loop, frames), _hook.h (ring, span buffers, the hook), _load.h (what is handed in), _span_events.h (what an ended
 * span gives out); here is what the runtime and the drain thread call. capture/_pycore.py is its twin, contract.Core the contract; wire.py reads the layout. The laws are
 * in docs/design.md ("What the hook never does"): whoever changes one of the headers re-reads them first.
 */
#include "_load.h"
#include "_span_events.h"

/* ---- called by the runtime: configuration ---------------------------------------------------------------------- */

static Ring *make_ring(uint64_t size)
{
    Ring *ring = PyMem_RawCalloc(1, sizeof(Ring) + size); /* untouched pages cost nothing */
    if (ring == NULL)
        return (Ring *)PyErr_NoMemory();
    ring->size = size;
    return ring;
}

static bool make_rings(Ring *rings[2], uint64_t size) /* home's, and the guests' where it is another one */
{
    rings[0] = make_ring(size);
    rings[1] = NULL;
#ifndef Py_GIL_DISABLED
    rings[1] = rings[0] == NULL ? NULL : make_ring(size);
    if (rings[1] == NULL) {
        PyMem_RawFree(rings[0]);
        return false;
    }
#endif
    return rings[0] != NULL;
}

static void zero_counters(void)
{
    for (Thread *t = atomic_load(&core.registry); t != NULL; t = t->next) {
        for (int i = 0; i < MAX_EVENTS / PAGE_EVENTS; i++) {
            Counter *page = atomic_load(&t->page[i]);
            if (page != NULL)
                memset((void *)page, 0, (size_t)PAGE_EVENTS * COUNTS * sizeof(Counter));
        }
        memset((void *)t->stat, 0, sizeof t->stat);
    }
    memset((void *)core.lost, 0, sizeof core.lost);
}

PyDoc_STRVAR(configure_doc, "configure($module, events, unknown, options, /)\n--\n\nTake a plan; see contract.Core.");
static PyObject *configure(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *events, *unknown, *code;
    int ring_mode, spans_on;
    unsigned long long ring_size;
    unsigned int max_span_events;
    if (!PyArg_ParseTuple(args, "OO(ipKIO)", &events, &unknown, &ring_mode, &spans_on, &ring_size, &max_span_events,
                          &code))
        return NULL;
    if (ring_mode < RING_OFF || ring_mode > RING_MARKED)
        return PyErr_Format(PyExc_ValueError, "ring mode: expected 0, 1 or 2");
    if (ring_size < 65536 || (ring_size & (ring_size - 1)) != 0)
        return PyErr_Format(PyExc_ValueError, "ring_size: expected a power of two from 65536");
    Table *table = make_table(events, unknown, code);
    if (table == NULL)
        return NULL;
    Ring *rings[2];
    if (!make_rings(rings, ring_size))
        return NULL;
    atomic_store(&core.mode, MODE_OFF);
    atomic_store(&core.ring, rings[0]);
    atomic_store(&core.guests, rings[1]);
    core.ring_mode = (uint8_t)ring_mode;
    core.spans_on = spans_on != 0;
    core.bodies = core.spans_on || ring_mode != RING_OFF;
    core.max_span_events = max_span_events;
    zero_counters();
    atomic_fetch_add(&core.window, 1); /* forget what could be merged with */
    atomic_store(&core.table, table);
    Py_RETURN_NONE;
}

/* Names added have the same room as the plan's, so that names never seen before keep theirs. */
static bool take_name(Table *table)
{
    uint32_t named = atomic_load(&table->named);
    do {
        if (named >= MAX_EVENTS - MAX_INTERNED)
            return false;
    } while (!atomic_compare_exchange_weak(&table->named, &named, named + 1));
    return true;
}

PyDoc_STRVAR(add_doc, "add($module, name, selected, kinds, rule_kind, rule_value, blocking=False, location=0.0, "
                      "loop_location=0.0, /)\n--\n\n"
                      "Name an event after configure(); its id, or that of `other` when there is no room.");
static PyObject *add(PyObject *module, PyObject *args)
{
    (void)module;
    Table *table = atomic_load(&core.table);
    if (table == NULL)
        return PyErr_Format(PyExc_RuntimeError, "configure first");
    Entry *e = parse_event(args, false);
    if (e == NULL)
        return NULL;
    if (strcmp(e->name, ARMED) == 0) {
        free_entry(e);
        return PyErr_Format(PyExc_ValueError, "%s is the bridge's own", ARMED);
    }
    if (!take_name(table)) {
        free_entry(e);
        return PyLong_FromLong(OTHER_ID);
    }
    e->id = atomic_fetch_add(&table->ids, 1);
    atomic_store(&table->by_id[e->id], e);
    publish_instead(table, e);
    return PyLong_FromUnsignedLong(e->id);
}

PyDoc_STRVAR(bind_context_doc, "bind_context($module, variable, span_key, suppress_key, /)\n--\n\n"
                               "Say where the trace context lives; None unbinds.");
static PyObject *bind_context(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *variable, *span_key, *suppress_key;
    if (!PyArg_ParseTuple(args, "OUU", &variable, &span_key, &suppress_key))
        return NULL;
    if (variable != Py_None && !PyContextVar_CheckExact(variable))
        return PyErr_Format(PyExc_TypeError, "variable: expected a ContextVar or None");
    Py_XSETREF(core.span_key, Py_NewRef(span_key));
    Py_XSETREF(core.suppress_key, Py_NewRef(suppress_key));
    Py_XSETREF(core.variable, variable == Py_None ? NULL : Py_NewRef(variable));
    Py_RETURN_NONE;
}

PyDoc_STRVAR(bind_event_loop_doc, "bind_event_loop($module, asyncio, socket, /)\n--\n\n"
                                  "Say where event loops are told of; None unbinds. Whether they can be.");
static PyObject *bind_event_loop(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *asyncio, *socket;
    if (!PyArg_ParseTuple(args, "OO", &asyncio, &socket))
        return NULL;
    Asyncio *found = asyncio == Py_None ? NULL : make_asyncio(asyncio, socket);
    atomic_store(&core.asyncio, found);
    return PyBool_FromLong(found != NULL);
}

PyDoc_STRVAR(arm_doc, "arm($module, /)\n--\n\nInstall the hook once per process; False when another hook vetoed it.");
static PyObject *arm(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    if (atomic_load(&core.table) == NULL)
        return PyErr_Format(PyExc_RuntimeError, "configure first");
    if (!core.installed) { /* one that is refused below may be in the chain all the same */
        uint64_t generation = atomic_fetch_add(&core.generation, 1) + 1;
        if (PySys_AddAuditHook(hook, (void *)(uintptr_t)generation) < 0)
            return NULL;
    }
    uint64_t nonce = hash_bytes(&core.window, sizeof core.window, now_ns()) | 1;
    atomic_store(&core.nonce_seen, 0);
    atomic_store(&core.mode, MODE_ON);
    if (PySys_Audit(ARMED, "K", (unsigned long long)nonce) < 0)
        PyErr_Clear(); /* a later hook's opinion of our event; ours came first or it will show */
    if (atomic_load(&core.nonce_seen) != nonce) {
        atomic_store(&core.mode, MODE_OFF);
        Py_RETURN_FALSE;
    }
    core.installed = true;
    Py_RETURN_TRUE;
}

static PyObject *set_mode(int mode)
{
    if (core.installed)
        atomic_store(&core.mode, mode);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(pause_doc, "pause($module, /)\n--\n\nIgnore every event until resume().");
static PyObject *pause_hook(PyObject *m, PyObject *u) { (void)m, (void)u; return set_mode(MODE_OFF); }
PyDoc_STRVAR(resume_doc, "resume($module, /)\n--\n\nListen again.");
static PyObject *resume_hook(PyObject *m, PyObject *u) { (void)m, (void)u; return set_mode(MODE_ON); }
PyDoc_STRVAR(close_doc, "close($module, /)\n--\n\nAfter the final flush: count, keep no body.");
static PyObject *close_hook(PyObject *m, PyObject *u) { (void)m, (void)u; return set_mode(MODE_CLOSED); }

PyDoc_STRVAR(own_thread_doc, "own_thread($module, own, /)\n--\n\nMark the calling thread as the bridge's.");
static PyObject *own_thread(PyObject *module, PyObject *own)
{
    (void)module;
    Thread *t = this_thread != NULL ? this_thread : enter_thread();
    if (t == NULL)
        return PyErr_NoMemory();
    t->own = own == Py_True;
    Py_RETURN_NONE;
}

/* ---- called by the runtime: spans ------------------------------------------------------------------------------ */

static void place_owner(Owner *o)
{
    size_t mask = core.span_slots - 1, i = span_home(o->key);
    while (core.span[i & mask] != NULL && core.span[i & mask]->key != o->key)
        i++;
    if (core.span[i & mask] == NULL)
        core.span_count++;
    else
        core.span[i & mask]->key = NULL; /* entered twice: the newer owner counts */
    core.span[i & mask] = o;
}

static int grow_spans(void)
{
    if (core.span_count * 2 < core.span_slots)
        return 0;
    size_t slots = core.span_slots;
    Owner **old = core.span, **grown = PyMem_RawCalloc(slots ? slots * 2 : 256, sizeof(Owner *));
    if (grown == NULL)
        return -1;
    core.span = grown;
    core.span_slots = slots ? slots * 2 : 256;
    core.span_count = 0;
    for (size_t i = 0; i < slots; i++)
        if (old[i] != NULL)
            place_owner(old[i]);
    PyMem_RawFree(old);
    return 0;
}

static void remove_owner(Owner *o) /* linear probing: close the gap behind what leaves */
{
    size_t mask = core.span_slots - 1, gap = span_home(o->key);
    while (core.span[gap & mask] != o)
        gap++;
    for (size_t i = gap + 1; core.span[i & mask] != NULL; i++) {
        size_t home = span_home(core.span[i & mask]->key) & mask;
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            core.span[gap & mask] = core.span[i & mask];
            gap = i;
        }
    }
    core.span[gap & mask] = NULL;
    core.span_count--;
}

static void free_buffer(uint8_t *buffer, uint32_t capacity)
{
    atomic_fetch_sub(&core.span_bytes, capacity);
    PyMem_RawFree(capacity == SPARE_BUFFER ? atomic_exchange(&core.spare, buffer) : buffer);
}

static void release_buffer(Owner *o)
{
    free_buffer(o->buffer, o->capacity);
    o->buffer = NULL;
    o->used = o->capacity = o->count = o->over = 0;
}

/* Who did it, if it is short enough for a record. */
static PyObject *bounded_who(PyObject *who)
{
    if (PyBytes_GET_SIZE(who) <= WHO_MAX)
        return PyBytes_GET_SIZE(who) == 0 ? NULL : Py_NewRef(who);
    Thread *t = this_thread != NULL ? this_thread : enter_thread();
    if (t != NULL)
        bump(&t->stat[STAT_WHO_OVER], 1);
    return NULL;
}

PyDoc_STRVAR(span_open_doc, "span_open($module, span, trace_id, span_id, flags, who=b'', /)\n--\n\n"
                            "Enter a live span; the span must keep the returned owner.");
static PyObject *span_open(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    (void)module;
    PyObject *who = count == 5 ? args[4] : NULL;
    if (count < 4 || count > 5)
        return PyErr_Format(PyExc_TypeError, "expected a span, a trace id, a span id, flags and who");
    if (who != NULL && !PyBytes_Check(who))
        return PyErr_Format(PyExc_TypeError, "who: expected bytes");
    Owner *o = PyObject_New(Owner, owner_type);
    if (o == NULL)
        return NULL;
    memset(&o->key, 0, sizeof(Owner) - offsetof(Owner, key));
    if (!big_endian(args[1], o->trace, 16) || !big_endian(args[2], o->span, 8) || !big_endian(args[3], &o->flags, 1)) {
        Py_DECREF(o);
        return PyErr_Format(PyExc_ValueError, "expected a 128-bit trace id, a 64-bit span id and 8 flags");
    }
    o->who = who == NULL ? NULL : bounded_who(who);
    LOCK(&core);
    int failed = grow_spans();
    if (!failed) {
        o->key = args[0];
        o->type = Py_TYPE(args[0]);
        o->era = core.era;
        o->serial = ++core.span_serial;
        place_owner(o);
    }
    UNLOCK(&core);
    if (failed) {
        Py_DECREF(o);
        return PyErr_NoMemory();
    }
    return (PyObject *)o;
}

static void owner_dealloc(PyObject *self)
{
    Owner *o = (Owner *)self;
    PyTypeObject *type = Py_TYPE(self);
    LOCK(&core);
    if (o->key != NULL)
        remove_owner(o);
    UNLOCK(&core);
    Thread *t = this_thread != NULL ? this_thread : enter_thread();
    if (t != NULL && o->count != 0 && o->era == core.era)
        bump(&t->stat[STAT_SPAN_ABANDONED], o->count);
    if (o->buffer != NULL)
        release_buffer(o);
    Py_XDECREF(o->who);
    PyObject_Free(self);
    Py_DECREF(type);
}

PyDoc_STRVAR(span_close_doc, "span_close($module, owner, limits=(None, None), /)\n--\n\n"
                             "Close a span's buffer; what was in it as (events, distinct ids), or None.");
static PyObject *span_close(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    (void)module;
    if (given < 1 || given > 2 || !Py_IS_TYPE(args[0], owner_type))
        return PyErr_Format(PyExc_TypeError, "expected what span_open returned");
    if (given == 2 && !are_limits(args[1]))
        return PyErr_Format(PyExc_TypeError, "limits: expected a tuple of two, of int or None");
    Owner *o = (Owner *)args[0];
    LOCK(o);
    o->closed = true;
    if (o->era != core.era) /* what the parent of a fork recorded is the parent's */
        release_buffer(o);
    uint32_t count = o->count, over = o->over, used = o->used, capacity = o->capacity;
    uint8_t *buffer = o->buffer;
    o->buffer = NULL;
    o->used = o->capacity = o->count = o->over = 0;
    UNLOCK(o);
    if (count == 0) {
        if (buffer != NULL)
            free_buffer(buffer, capacity);
        Py_RETURN_NONE;
    }
    PyObject *result = make_span_events(buffer, used, count, over, given == 2 ? args[1] : reader.unlimited);
    free_buffer(buffer, capacity);
    if (result == NULL) { /* no memory, and no destination will hear of them */
        Thread *t = this_thread != NULL ? this_thread : enter_thread();
        if (t != NULL)
            bump(&t->stat[STAT_SPAN_MEMORY], count);
    }
    return result;
}

PyDoc_STRVAR(bind_span_events_doc, "bind_span_events($module, reader, /)\n--\n\n"
                                   "Say who names and decodes what span_close makes; None unbinds.");
static PyObject *bind_span_events(PyObject *module, PyObject *found)
{
    (void)module;
    if (bind_reader(found) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ---- called by the drain thread -------------------------------------------------------------------------------- */

/* An emptied ring begins at its first byte again, so that a quiet process keeps touching the same few pages. The head
 * goes first: a producer in between sees less room than there is, never more, which would let it overwrite. */
static void rewind_ring(Ring *ring, uint64_t at)
{
    uint64_t lap = (at + ring->size - 1) & ~(ring->size - 1), head = at;
    if (lap == at)
        return;
    if (atomic_compare_exchange_strong(&ring->head, &head, lap)) /* else a record came meanwhile: another time */
        atomic_store(&ring->tail, lap);
}

static PyObject *take(Ring *ring, uint64_t from, uint64_t to, Py_ssize_t size)
{
    PyObject *out = PyBytes_FromStringAndSize(NULL, size);
    if (out == NULL)
        return NULL;
    uint8_t *p = (uint8_t *)PyBytes_AS_STRING(out);
    for (uint64_t at = from; at < to;) {
        uint32_t word = atomic_load_explicit(word_at(ring, at), memory_order_acquire);
        uint32_t length = word & ~(uint32_t)WORD_BITS;
        uint8_t *place = place_at(ring, at);
        if (!(word & WORD_PAD)) {
            uint64_t merged = (uint32_t)atomic_exchange(merge_at(ring, at), 0); /* closed: no event joins any more */
            memcpy(p, place, length);
            memcpy(p, &length, sizeof length);
            memcpy(p + offsetof(Header, merge), &merged, sizeof merged);
            p += length;
        }
        memset(place, 0, length); /* an uncommitted record must read as zero */
        at += length;
    }
    atomic_store_explicit(&ring->tail, to, memory_order_release);
    rewind_ring(ring, to);
    return out;
}

/* Bytes of committed records from the tail up to `to`: one at least, or what `limit` has room for. */
static Py_ssize_t committed(Ring *ring, Py_ssize_t limit, uint64_t *to)
{
    Py_ssize_t size = 0;
    uint64_t head = atomic_load(&ring->head);
    for (*to = atomic_load(&ring->tail); *to < head;) {
        uint32_t word = atomic_load_explicit(word_at(ring, *to), memory_order_acquire);
        Py_ssize_t length = (Py_ssize_t)(word & ~(uint32_t)WORD_BITS);
        if (word == 0 || (size > 0 && size + length > limit))
            break; /* not committed yet, or enough */
        size += word & WORD_PAD ? 0 : length;
        *to += (uint64_t)length;
    }
    return size;
}

static uint64_t ring_used(Ring *ring)
{
    uint64_t tail = ring == NULL ? 0 : atomic_load(&ring->tail), head = ring == NULL ? 0 : atomic_load(&ring->head);
    return head > tail ? head - tail : 0;
}

PyDoc_STRVAR(drain_doc, "drain($module, limit, /)\n--\n\nTake up to `limit` bytes of whole records from the ring.");
static PyObject *drain(PyObject *module, PyObject *limit_object)
{
    (void)module;
    Py_ssize_t limit = PyLong_AsSsize_t(limit_object);
    Ring *ring = atomic_load(&core.ring), *guests = atomic_load(&core.guests);
    if (limit == -1 && PyErr_Occurred())
        return NULL;
    if (ring == NULL)
        return PyBytes_FromStringAndSize(NULL, 0);
    uint64_t to;
    core.guests_next = !core.guests_next; /* where both have records they take turns: neither starves the other */
    Ring *from = guests != NULL && core.guests_next ? guests : ring;
    Py_ssize_t size = committed(from, limit, &to);
    if (size == 0 && guests != NULL) {
        from = from == ring ? guests : ring;
        size = committed(from, limit, &to);
    }
    return take(from, atomic_load(&from->tail), to, size);
}

PyDoc_STRVAR(turn_doc, "turn($module, /)\n--\n\nBegin a new merge window.");
static PyObject *turn(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    atomic_fetch_add(&core.window, 1);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(wait_doc, "wait($module, timeout_ms, /)\n--\n\nBlock without the GIL until woken; False on timeout.");
static PyObject *wait_bell(PyObject *module, PyObject *timeout)
{
    (void)module;
    long long ms = PyLong_AsLongLong(timeout);
    if (ms == -1 && PyErr_Occurred())
        return NULL;
    PyLockStatus status;
    Py_BEGIN_ALLOW_THREADS
    status = PyThread_acquire_lock_timed(core.bell, (PY_TIMEOUT_T)ms * 1000, 0);
    Py_END_ALLOW_THREADS
    if (status == PY_LOCK_ACQUIRED)
        atomic_store(&core.rung, 0);
    return PyBool_FromLong(status == PY_LOCK_ACQUIRED);
}

PyDoc_STRVAR(wake_doc, "wake($module, /)\n--\n\nEnd a wait().");
static PyObject *wake(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    ring_bell();
    Py_RETURN_NONE;
}

static uint64_t sum_stat(int stat)
{
    uint64_t sum = 0;
    for (Thread *t = atomic_load(&core.registry); t != NULL; t = t->next)
        sum += atomic_load_explicit(&t->stat[stat], memory_order_relaxed);
    return sum;
}

PyDoc_STRVAR(counters_doc, "counters($module, /)\n--\n\n[(event id, (seen, kept, ...)), ...] of events seen.");
static PyObject *counters(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    Table *table = atomic_load(&core.table);
    PyObject *list = PyList_New(0);
    uint32_t ids = table == NULL ? 0 : atomic_load(&table->ids);
    for (uint32_t id = 0; list != NULL && id < ids && id < MAX_EVENTS; id++) {
        uint64_t sum[COUNTS] = {0};
        sum[COUNT_SEEN] = sum[COUNT_DROPPED] = atomic_load(&core.lost[id]);
        for (Thread *t = atomic_load(&core.registry); t != NULL; t = t->next) {
            Counter *page = atomic_load_explicit(&t->page[id / PAGE_EVENTS], memory_order_acquire);
            for (int i = 0; page != NULL && i < COUNTS; i++)
                sum[i] += atomic_load_explicit(&page[(size_t)(id % PAGE_EVENTS) * COUNTS + i], memory_order_relaxed);
        }
        if (sum[COUNT_SEEN] == 0)
            continue;
        PyObject *row = Py_BuildValue("(I(KKKKKKK))", id, sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6]);
        if (row == NULL || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
        Py_XDECREF(row);
    }
    return list;
}

static Entry *entry_of(PyObject *id_object)
{
    Table *table = atomic_load(&core.table);
    unsigned long id = PyLong_AsUnsignedLong(id_object);
    Entry *e = table == NULL || id >= MAX_EVENTS ? NULL : atomic_load(&table->by_id[id]);
    if (e == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_KeyError, "no such event id");
    return e;
}

PyDoc_STRVAR(event_name_doc, "event_name($module, event_id, /)\n--\n\nName of an event id.");
static PyObject *event_name(PyObject *module, PyObject *id)
{
    (void)module;
    Entry *e = entry_of(id);
    return e == NULL ? NULL : PyUnicode_DecodeUTF8(e->name, e->length, "backslashreplace");
}

PyDoc_STRVAR(event_policy_doc, "event_policy($module, event_id, /)\n--\n\n(selected, rule kind, rule value) of an id.");
static PyObject *event_policy(PyObject *module, PyObject *id)
{
    (void)module;
    Entry *e = entry_of(id);
    return e == NULL ? NULL : Py_BuildValue("(Nid)", PyBool_FromLong(e->selected), (int)e->rule, e->value);
}

PyDoc_STRVAR(stats_doc, "stats($module, /)\n--\n\nTotals since start or fork; keys as in capture.stats.");
static PyObject *stats(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    Table *table = atomic_load(&core.table);
    uint32_t interned = table == NULL ? 0 : atomic_load(&table->interned);
    Ring *ring = atomic_load(&core.ring), *guests = atomic_load(&core.guests);
    uint64_t lost = 0, used = ring_used(ring) + ring_used(guests), size = ring == NULL ? 0 : ring->size;
    if (guests != NULL && atomic_load(&guests->head) != 0) /* one that nobody came to is no room */
        size += guests->size;
    for (int id = 0; id < MAX_EVENTS; id++)
        lost += atomic_load_explicit(&core.lost[id], memory_order_relaxed);
#define STAT(name, value) name, (unsigned long long)(value)
    return Py_BuildValue(
        "{sKsKsKsKsKsKsKsKsKsKsKsKsKsKsKsKsKsKsKsK}", STAT("suppressed", sum_stat(STAT_SUPPRESSED)),
        STAT("no_trace", sum_stat(STAT_NO_TRACE)), STAT("dropped_first_full", sum_stat(STAT_FIRST_FULL)),
        STAT("dropped_no_memory", lost), STAT("dropped_reentrant", sum_stat(STAT_REENTRANT)),
        STAT("ring_kept", sum_stat(STAT_RING_KEPT)), STAT("ring_queue_full", sum_stat(STAT_RING_FULL)),
        STAT("ring_bytes", used), STAT("ring_capacity", size),
        STAT("span_kept", sum_stat(STAT_SPAN_KEPT)), STAT("span_over", sum_stat(STAT_SPAN_OVER)),
        STAT("span_late", sum_stat(STAT_SPAN_LATE)), STAT("span_memory_full", sum_stat(STAT_SPAN_MEMORY)),
        STAT("span_abandoned", sum_stat(STAT_SPAN_ABANDONED)), STAT("span_bytes", atomic_load(&core.span_bytes)),
        STAT("names_interned", interned < MAX_INTERNED ? interned : MAX_INTERNED),
        STAT("names_other", sum_stat(STAT_NAMES_OTHER)), STAT("who_over", sum_stat(STAT_WHO_OVER)),
        STAT("hook_timed", sum_stat(STAT_TIMED)), STAT("hook_time_ns", sum_stat(STAT_TIME_NS)));
#undef STAT
}

PyDoc_STRVAR(after_fork_child_doc, "after_fork_child($module, /)\n--\n\nStart clean in a forked child.");
static PyObject *after_fork_child(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    RESET_LOCK(&core);
    for (Thread *t = atomic_load(&core.registry); t != NULL; t = t->next)
        if (t != this_thread)
            atomic_store(&t->in_use, 0);
        else
            seed_random(t); /* siblings must not sample alike */
    zero_counters();
    core.era++;
    core.pid = own_pid();
    for (size_t i = 0; i < core.span_slots; i++) /* identities stay, what the parent recorded is the parent's */
        if (core.span[i] != NULL) {
            RESET_LOCK(core.span[i]);
            release_buffer(core.span[i]);
            core.span[i]->era = core.era;
        }
    atomic_fetch_add(&core.window, 1);
    PyThread_type_lock bell = PyThread_allocate_lock();
    if (bell == NULL)
        return PyErr_NoMemory();
    PyThread_acquire_lock(bell, WAIT_LOCK);
    core.bell = bell; /* the old one may be held by a thread that is no more */
    atomic_store(&core.rung, 0);
    Ring *old = atomic_load(&core.ring), *rings[2];
    if (old == NULL)
        Py_RETURN_NONE;
    if (!make_rings(rings, old->size))
        return NULL;
    atomic_store(&core.ring, rings[0]);
    PyMem_RawFree(old); /* nobody else is left to write to it */
    PyMem_RawFree(atomic_exchange(&core.guests, rings[1]));
    Py_RETURN_NONE;
}

/* ---- module ---------------------------------------------------------------------------------------------------- */

static PyMethodDef methods[] = {
    {"configure", configure, METH_VARARGS, configure_doc},
    {"add", add, METH_VARARGS, add_doc},
    {"bind_context", bind_context, METH_VARARGS, bind_context_doc},
    {"bind_event_loop", bind_event_loop, METH_VARARGS, bind_event_loop_doc},
    {"arm", arm, METH_NOARGS, arm_doc},
    {"pause", pause_hook, METH_NOARGS, pause_doc},
    {"resume", resume_hook, METH_NOARGS, resume_doc},
    {"close", close_hook, METH_NOARGS, close_doc},
    {"own_thread", own_thread, METH_O, own_thread_doc},
    {"span_open", (PyCFunction)(void (*)(void))span_open, METH_FASTCALL, span_open_doc},
    {"span_close", (PyCFunction)(void (*)(void))span_close, METH_FASTCALL, span_close_doc},
    {"bind_span_events", bind_span_events, METH_O, bind_span_events_doc},
    {"drain", drain, METH_O, drain_doc},
    {"turn", turn, METH_NOARGS, turn_doc},
    {"wait", wait_bell, METH_O, wait_doc},
    {"wake", wake, METH_NOARGS, wake_doc},
    {"counters", counters, METH_NOARGS, counters_doc},
    {"event_name", event_name, METH_O, event_name_doc},
    {"event_policy", event_policy, METH_O, event_policy_doc},
    {"stats", stats, METH_NOARGS, stats_doc},
    {"after_fork_child", after_fork_child, METH_NOARGS, after_fork_child_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot owner_slots[] = {{Py_tp_dealloc, owner_dealloc}, {0, NULL}};
static PyType_Spec owner_spec = {
    "otel_audit.capture._core.SpanOwner", sizeof(Owner), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    owner_slots};

/* Where pathlib keeps a path's pieces: `_raw_paths` from 3.12, `_parts` before. */
static void find_path_slot(void)
{
    static const char *const names[] = {"_raw_paths", "_parts"};
    PyObject *pathlib = PyImport_ImportModule("pathlib");
    PyObject *type = pathlib == NULL ? NULL : PyObject_GetAttrString(pathlib, "PurePath");
    Py_XDECREF(pathlib);
    for (int i = 0; type != NULL && PyType_Check(type) && i < 2; i++) {
        PyObject *slot = PyDict_GetItemString(((PyTypeObject *)type)->tp_dict, names[i]);
        if (slot != NULL && Py_IS_TYPE(slot, &PyMemberDescr_Type)) {
            core.path_slot = ((PyMemberDescrObject *)slot)->d_member->offset;
            core.path_type = (PyTypeObject *)Py_NewRef(type);
            break;
        }
    }
    Py_XDECREF(type);
    PyErr_Clear(); /* without it pathlib arguments show their type only */
}

static int find_python_parts(void)
{
    core.thread_name_attr = PyUnicode_InternFromString("_name");
    core.context_attr = PyUnicode_InternFromString("_context");
    PyObject *threading = PyImport_ImportModule("threading");
    core.threads = threading == NULL ? NULL : PyObject_GetAttrString(threading, "_active");
    Py_XDECREF(threading);
    if (core.threads != NULL && !PyDict_CheckExact(core.threads))
        Py_CLEAR(core.threads);
    PyErr_Clear(); /* without it records carry the thread's id only */
    find_path_slot();
    return core.thread_name_attr == NULL || core.context_attr == NULL ? -1 : 0;
}

/* Two random words; where the system has none to give, the clock and where things lie. */
static void seed_hashes(PyObject *module)
{
    uint64_t words[2] = {now_ns() ^ (uint64_t)(uintptr_t)module, now_ns() ^ (uint64_t)(uintptr_t)words};
    PyObject *os = PyImport_ImportModule("os");
    PyObject *random = os == NULL ? NULL : PyObject_CallMethod(os, "urandom", "i", (int)sizeof words);
    if (random != NULL && PyBytes_CheckExact(random) && PyBytes_GET_SIZE(random) == (Py_ssize_t)sizeof words)
        memcpy(words, PyBytes_AS_STRING(random), sizeof words);
    PyErr_Clear();
    Py_XDECREF(random);
    Py_XDECREF(os);
    hash_seed = words[0];
    hash_key = words[1] | 1;
}

/* An embedding program may start the interpreter again: hooks went with the old one, and so did every object. Called
 * when nothing of Python is left; threads that were in the middle of a hook cannot be, as hooks hold the GIL. */
static void runtime_ended(void)
{
    atomic_store(&core.mode, MODE_OFF);
    core.installed = false;
    core.home = NULL;
    core.variable = core.span_key = core.suppress_key = NULL;
    core.threads = core.thread_name_attr = core.context_attr = NULL;
    core.path_type = NULL;
    atomic_store(&core.asyncio, NULL);
    owner_type = span_event_type = NULL;
    memset(&reader, 0, sizeof reader);
    for (size_t i = 0; i < core.span_slots; i++)
        if (core.span[i] != NULL)
            release_buffer(core.span[i]);
    PyMem_RawFree(core.span);
    core.span = NULL;
    core.span_slots = core.span_count = 0;
    PyMem_RawFree(atomic_exchange(&core.ring, NULL));
    PyMem_RawFree(atomic_exchange(&core.guests, NULL));
    for (Thread *t = atomic_load(&core.registry); t != NULL; t = t->next)
        t->busy = t->own = false;
}

static int module_exec(PyObject *module)
{
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError, "the audit hook lives in the main interpreter and sees the others from there");
        return -1;
    }
    if (core.home == NULL) {
        seed_hashes(module);
        core.pid = own_pid();
        atomic_store(&core.window, 1);
        static bool keyed; /* the process's, not the runtime's */
        core.bell = PyThread_allocate_lock();
        if (core.bell == NULL || (!keyed && make_thread_key() != 0)) {
            PyErr_NoMemory();
            return -1;
        }
        keyed = true;
        PyThread_acquire_lock(core.bell, WAIT_LOCK);
        atomic_store(&core.rung, 0);
        Py_AtExit(runtime_ended); /* without room for it the next runtime's bridge is refused, as before */
        owner_type = (PyTypeObject *)PyType_FromSpec(&owner_spec);
        span_event_type = (PyTypeObject *)PyType_FromSpec(&span_event_spec);
        reader.unlimited = Py_BuildValue("(OO)", Py_None, Py_None);
        if (owner_type == NULL || span_event_type == NULL || reader.unlimited == NULL || find_python_parts() < 0)
            return -1;
        core.home = PyInterpreterState_Get();
    }
    if (PyModule_AddObjectRef(module, "SpanEvent", (PyObject *)span_event_type) < 0
        || PyModule_AddObjectRef(module, "span_event_type", (PyObject *)span_event_type) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "core_name", "c");
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT, "_core", "The C core; see contract.Core.", 0, methods, module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&module_def); }
