/* What an ended span had, as the event objects that exporters read: made in one go, decoded when somebody looks.
 *
 * Not in the hook: made where a span ends, read wherever the SDK's exporters run. An event keeps the bytes, which all
 * events of its span share. Until its attributes are read it refers to nothing that could refer back, and the garbage
 * collector need not know of it: a queue full of ended spans costs its passes nothing. */
#ifndef OTEL_AUDIT_SPAN_EVENTS_H
#define OTEL_AUDIT_SPAN_EVENTS_H
#include "_hook.h"

typedef struct {
    PyObject_HEAD
    PyObject *records; /* bytes: all of the span's */
    PyObject *limits;  /* a tuple of two, of int or None; handed to the reader as it came */
    _Atomic(PyObject *) attributes; /* NULL until somebody asked */
    uint64_t time_ns;
    uint32_t at, over; /* at: where its record begins */
    uint16_t event;
} SpanEvent;

static PyTypeObject *span_event_type;

/* Who names and decodes; strong, as all objects of the core. */
static struct {
    PyObject *name, *attributes, *reduce; /* methods of a contract.SpanEventReader; NULL: nobody */
    PyObject *names;                      /* {event id: name}, as far as somebody asked */
    PyObject *unlimited;                  /* (None, None) */
} reader;

/* ---- made where a span ends -------------------------------------------------------------------------------------- */

static bool is_limit(PyObject *limit) { return limit == Py_None || PyLong_CheckExact(limit); }

/* Exact types only: nothing in them can lead back to an event. */
static bool are_limits(PyObject *limits)
{
    return PyTuple_CheckExact(limits) && PyTuple_GET_SIZE(limits) == 2 && is_limit(PyTuple_GET_ITEM(limits, 0))
        && is_limit(PyTuple_GET_ITEM(limits, 1));
}

static PyObject *make_span_event(PyObject *records, const Header *h, uint32_t at, PyObject *limits)
{
    SpanEvent *e = PyObject_GC_New(SpanEvent, span_event_type);
    if (e == NULL)
        return NULL;
    e->records = Py_NewRef(records);
    e->limits = Py_NewRef(limits);
    atomic_init(&e->attributes, NULL);
    e->time_ns = h->time_ns;
    e->at = at;
    e->over = 0;
    e->event = h->event;
    return (PyObject *)e;
}

/* The distinct ids among `count` of `all`, in the order they came. */
static PyObject *distinct_ids(const uint16_t *all, uint32_t count)
{
    PyObject *ids = PyTuple_New(count);
    for (uint32_t i = 0; ids != NULL && i < count; i++) {
        PyObject *id = PyLong_FromLong(all[i]);
        if (id == NULL)
            Py_CLEAR(ids);
        else
            PyTuple_SET_ITEM(ids, i, id);
    }
    return ids;
}

/* (events, distinct ids) of the `count` records in `buffer`. */
static PyObject *make_span_events(const uint8_t *buffer, uint32_t used, uint32_t count, uint32_t over, PyObject *limits)
{
    uint8_t met[MAX_EVENTS / 8] = {0};
    uint16_t id[MAX_EVENTS];
    uint32_t at = 0, ids = 0;
    PyObject *records = PyBytes_FromStringAndSize((const char *)buffer, used);
    PyObject *events = records == NULL ? NULL : PyList_New(count), *event = NULL;
    for (uint32_t i = 0; events != NULL && i < count; i++) {
        const Header *h = (const Header *)(buffer + at);
        event = make_span_event(records, h, at, limits);
        if (event == NULL) {
            Py_CLEAR(events);
            break;
        }
        PyList_SET_ITEM(events, i, event);
        at += h->word;
        uint8_t bit = (uint8_t)(1u << (h->event & 7));
        if (!(met[h->event / 8] & bit))
            id[ids++] = h->event;
        met[h->event / 8] |= bit;
    }
    Py_XDECREF(records);
    if (events == NULL)
        return NULL;
    ((SpanEvent *)event)->over = over; /* there is a last one: no span without records comes here */
    PyObject *distinct = distinct_ids(id, ids), *result = distinct == NULL ? NULL : PyTuple_Pack(2, events, distinct);
    Py_XDECREF(distinct);
    Py_DECREF(events);
    return result;
}

/* ---- read by exporters ------------------------------------------------------------------------------------------- */

static PyObject *nobody_reads(void) { return PyErr_Format(PyExc_RuntimeError, "bind_span_events first"); }

static PyObject *known_name(PyObject *names, PyObject *id) /* a new reference; NULL without an error: not known */
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *found;
    return PyDict_GetItemRef(names, id, &found) < 0 ? NULL : found;
#else
    PyObject *found = PyDict_GetItemWithError(names, id);
    return Py_XNewRef(found);
#endif
}

static PyObject *span_event_name(PyObject *self, void *closure)
{
    (void)closure;
    PyObject *names = Py_XNewRef(reader.names), *ask = Py_XNewRef(reader.name), *found = NULL;
    PyObject *id = names == NULL ? nobody_reads() : PyLong_FromLong(((SpanEvent *)self)->event);
    if (id != NULL)
        found = known_name(names, id);
    if (id != NULL && found == NULL && !PyErr_Occurred()) {
        found = PyObject_CallOneArg(ask, id);
        if (found != NULL && PyDict_SetItem(names, id, found) < 0)
            Py_CLEAR(found);
    }
    Py_XDECREF(id);
    Py_XDECREF(ask);
    Py_XDECREF(names);
    return found;
}

static PyObject *span_event_timestamp(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(((SpanEvent *)self)->time_ns);
}

/* Threads that ask at the same time may each decode; what the first of them made is what all get. */
static PyObject *span_event_attributes(PyObject *self, void *closure)
{
    (void)closure;
    SpanEvent *e = (SpanEvent *)self;
    PyObject *found = atomic_load_explicit(&e->attributes, memory_order_acquire), *none = NULL;
    if (found != NULL)
        return Py_NewRef(found);
    PyObject *ask = Py_XNewRef(reader.attributes);
    if (ask == NULL)
        return nobody_reads();
    found = PyObject_CallFunction(ask, "OIIO", e->records, (unsigned int)e->at, (unsigned int)e->over, e->limits);
    Py_DECREF(ask);
    if (found == NULL)
        return NULL;
    if (!atomic_compare_exchange_strong(&e->attributes, &none, Py_NewRef(found))) {
        Py_DECREF(found);
        Py_SETREF(found, Py_NewRef(none));
    }
    else if (!PyObject_GC_IsTracked(self))
        PyObject_GC_Track(self);
    return found;
}

static PyObject *span_event_dropped(PyObject *self, void *closure)
{
    PyObject *attributes = span_event_attributes(self, closure);
    if (attributes == NULL)
        return NULL;
    PyObject *dropped = PyObject_GetAttrString(attributes, "dropped");
    Py_DECREF(attributes);
    if (dropped == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) { /* a mapping that counts nothing */
        PyErr_Clear();
        return PyLong_FromLong(0);
    }
    return dropped;
}

static PyObject *span_event_id(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(((SpanEvent *)self)->event);
}

static PyObject *span_event_over(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(((SpanEvent *)self)->over);
}

static PyObject *span_event_limits(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(((SpanEvent *)self)->limits);
}

static PyObject *span_event_record(PyObject *self, void *closure)
{
    (void)closure;
    const SpanEvent *e = (SpanEvent *)self;
    const char *record = PyBytes_AS_STRING(e->records) + e->at;
    uint32_t length;
    memcpy(&length, record, sizeof length);
    return PyBytes_FromStringAndSize(record, length);
}

PyDoc_STRVAR(span_event_reduce_doc, "__reduce__($self, /)\n--\n\nA plain event of the SDK takes its place.");
static PyObject *span_event_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *ask = Py_XNewRef(reader.reduce);
    if (ask == NULL)
        return nobody_reads();
    PyObject *found = PyObject_CallOneArg(ask, self);
    Py_DECREF(ask);
    return found;
}

static int span_event_traverse(PyObject *self, visitproc visit, void *arg)
{
    SpanEvent *e = (SpanEvent *)self;
    PyObject *attributes = atomic_load_explicit(&e->attributes, memory_order_relaxed);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(attributes);
    return 0;
}

static int span_event_clear(PyObject *self)
{
    Py_XDECREF(atomic_exchange(&((SpanEvent *)self)->attributes, NULL));
    return 0;
}

static void span_event_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    span_event_clear(self);
    Py_DECREF(((SpanEvent *)self)->records);
    Py_DECREF(((SpanEvent *)self)->limits);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyGetSetDef span_event_attrs[] = {
    {"name", span_event_name, NULL, "What the reader calls its event.", NULL},
    {"timestamp", span_event_timestamp, NULL, "Nanoseconds since the Unix epoch.", NULL},
    {"attributes", span_event_attributes, NULL, "What the reader made of its record when somebody first asked.", NULL},
    {"dropped_attributes", span_event_dropped, NULL, "How many the span's limits took away.", NULL},
    {"event_id", span_event_id, NULL, "The core's.", NULL},
    {"over", span_event_over, NULL, "On the last event of a span: how many came after the cap.", NULL},
    {"limits", span_event_limits, NULL, "Of the span, as the reader takes them.", NULL},
    {"record", span_event_record, NULL, "Its bytes; see wire.py.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMethodDef span_event_methods[] = {
    {"__reduce__", span_event_reduce, METH_NOARGS, span_event_reduce_doc},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot span_event_slots[] = {
    {Py_tp_doc, "A record of an ended span, as an event of that span."},
    {Py_tp_dealloc, span_event_dealloc},
    {Py_tp_traverse, span_event_traverse},
    {Py_tp_clear, span_event_clear},
    {Py_tp_getset, span_event_attrs},
    {Py_tp_methods, span_event_methods},
    {0, NULL},
};
static PyType_Spec span_event_spec = {
    "otel_audit.capture._core.SpanEvent", sizeof(SpanEvent), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE, span_event_slots};

static int bind_reader(PyObject *found) /* None: nobody */
{
    PyObject *name = NULL, *attributes = NULL, *reduce = NULL, *names = NULL;
    if (found != Py_None) {
        name = PyObject_GetAttrString(found, "name");
        attributes = name == NULL ? NULL : PyObject_GetAttrString(found, "attributes");
        reduce = attributes == NULL ? NULL : PyObject_GetAttrString(found, "reduce");
        names = reduce == NULL ? NULL : PyDict_New();
        if (names == NULL) {
            Py_XDECREF(reduce);
            Py_XDECREF(attributes);
            Py_XDECREF(name);
            return -1;
        }
    }
    Py_XSETREF(reader.name, name);
    Py_XSETREF(reader.attributes, attributes);
    Py_XSETREF(reader.reduce, reduce);
    Py_XSETREF(reader.names, names);
    return 0;
}

#endif
