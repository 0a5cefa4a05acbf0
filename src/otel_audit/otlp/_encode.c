/* Log records and span events as OTLP bytes: see encoding.Encoder, and _pyencode.py, which writes the same bytes.
 *
 * Fields are written in the order of their numbers (opentelemetry/proto/{logs,trace}/v1), as protobuf writes them. A
 * length stands before its content, so everything is measured first, then written where there is room for all of it.
 * No Python code runs between the first look at a record's fields and the last one. Nothing is kept but by a template,
 * which never changes, and, under the GIL, how the last record's place was written. */
#include "_protobuf.h"
#include <structmember.h>
#include "../_module.h"

enum { ATTRIBUTE_LIMIT = 128 };
enum { OF_RECORD = 0x32, OF_EVENT = 0x1A }; /* tags of an attribute, of a LogRecord and of a Span.Event */
enum { TIME_NS = 1, TRACE_ID, SPAN_ID, TRACE_FLAGS }; /* positions in a model.Record */
enum { PLACE = 3, PLACE_MAX = NUMBER_FIELD + 2 + 16 + 2 + 8 };

typedef struct {
    PyTypeObject *template_type, *item_type;
    PyObject *event, *level, *message;
    PyObject *place[PLACE]; /* of the last record: flags, trace, span; each an exact int */
    uint8_t of_place[PLACE_MAX];
    ptrdiff_t written; /* bytes of it */
} State;

/* ---- fields of a LogRecord ------------------------------------------------------------------------------------- */

static int put_attribute(Out *out, uint8_t tag, PyObject *key, PyObject *value)
{
    Py_ssize_t name = text_size(key);
    if (name <= 0)
        return name == 0 ? UNFIT : (int)name;
    Any any;
    int status = measure(&any, value);
    if (status < 0)
        return status;
    Py_ssize_t size = field_size(name) + field_size(any.size);
    status = reserve(out, HEADER + size);
    if (status == 0) {
        uint8_t *at = put_length(out->at, tag, size);
        at = put_text(put_length(at, 0x0A, name), key, name);
        out->at = put_any(put_length(at, 0x12, any.size), &any);
    }
    release(&any);
    return status;
}

static int put_body(Out *out, PyObject *value)
{
    Any any;
    int status = value == NULL ? UNFIT : measure(&any, value);
    if (status < 0)
        return status;
    status = reserve(out, HEADER + any.size);
    if (status == 0)
        out->at = put_any(put_length(out->at, 0x2A, any.size), &any);
    release(&any);
    return status;
}

/* OpenTelemetry's SeverityNumber, and its text. */
static int put_severity(Out *out, PyObject *level)
{
    if (level == NULL || !PyUnicode_CheckExact(level))
        return UNFIT;
    Py_ssize_t length = text_size(level);
    if (length < 4 || length > 5 || !PyUnicode_IS_ASCII(level))
        return length == FAILED ? FAILED : UNFIT;
    const void *word = PyUnicode_1BYTE_DATA(level);
    const char *written = length == 5 && memcmp(word, "debug", 5) == 0 ? "\x10\x05\x1A\x05" "DEBUG"
                        : length == 4 && memcmp(word, "info", 4) == 0  ? "\x10\x09\x1A\x04" "INFO"
                        : length == 4 && memcmp(word, "warn", 4) == 0  ? "\x10\x0D\x1A\x04" "WARN"
                                                                       : NULL;
    if (written == NULL)
        return UNFIT;
    memcpy(out->at, written, (size_t)length + 4);
    out->at += length + 4;
    return 0;
}

static int put_name(Out *out, uint8_t tag, PyObject *name)
{
    if (name == NULL || !PyUnicode_CheckExact(name))
        return UNFIT;
    Py_ssize_t size = text_size(name);
    if (size <= 0)
        return (int)size;
    int status = reserve(out, HEADER + size);
    if (status == 0)
        out->at = put_text(put_length(out->at, tag, size), name, size);
    return status;
}

/* From an exact int that is not negative. */
static bool whole_number(PyObject *number, uint64_t *into)
{
    int overflow;
    if (!PyLong_CheckExact(number))
        return false;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    *into = (uint64_t)value;
    if (overflow <= 0)
        return overflow == 0 && value >= 0;
    *into = PyLong_AsUnsignedLongLong(number);
    if (*into != UINT64_MAX || !PyErr_Occurred())
        return true;
    PyErr_Clear(); /* too great: nothing else can be wrong with an exact int */
    return false;
}

/* A number that is left out when it is zero, as protobuf does. */
static int put_number(Out *out, uint8_t tag, PyObject *number, size_t bytes)
{
    uint64_t value;
    if (!whole_number(number, &value) || (bytes < 8 && value >> 8 * bytes != 0))
        return UNFIT;
    if (value != 0) {
        *out->at++ = tag;
        out->at = put_fixed(out->at, value, bytes);
    }
    return 0;
}

static inline uint8_t *put_big_endian(uint8_t *at, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(number >> shift);
    return at;
}

/* The upper half of a number of up to 128 bits; UNFIT for more, and for a negative one. */
static int upper_half(PyObject *number, uint64_t *into)
{
    PyObject *width = PyLong_FromLong(64), *shifted = width == NULL ? NULL : PyNumber_Rshift(number, width);
    Py_XDECREF(width);
    if (shifted == NULL)
        return FAILED;
    bool fits = whole_number(shifted, into);
    Py_DECREF(shifted);
    return fits ? 0 : UNFIT;
}

/* Flags, trace and span id; without a trace there are none. */
static int put_place(Out *out, PyObject *flags, PyObject *trace_id, PyObject *span_id)
{
    uint64_t upper, lower, span;
    if (!PyLong_CheckExact(trace_id))
        return UNFIT;
    int status = upper_half(trace_id, &upper);
    if (status < 0)
        return status;
    lower = PyLong_AsUnsignedLongLongMask(trace_id);
    if ((upper | lower) == 0)
        return 0;
    status = whole_number(span_id, &span) ? put_number(out, 0x45, flags, 4) : UNFIT;
    if (status < 0)
        return status;
    out->at = put_big_endian(put_big_endian(put_length(out->at, 0x4A, 16), upper), lower);
    if (span != 0)
        out->at = put_big_endian(put_length(out->at, 0x52, 8), span);
    return 0;
}

/* The same, which begins with a record's flags, its trace and its span being the very objects of the last record. */
static int put_place_again(Out *out, State *state, PyObject *const *record)
{
#ifdef Py_GIL_DISABLED
    (void)state;
    return put_place(out, record[TRACE_FLAGS], record[TRACE_ID], record[SPAN_ID]);
#else
    PyObject *place[PLACE] = {record[TRACE_FLAGS], record[TRACE_ID], record[SPAN_ID]};
    if (memcmp(place, state->place, sizeof place) == 0) {
        memcpy(out->at, state->of_place, (size_t)state->written);
        out->at += state->written;
        return 0;
    }
    uint8_t *begin = out->at;
    int status = put_place(out, place[0], place[1], place[2]);
    if (status < 0 || !PyLong_CheckExact(place[0]) || !PyLong_CheckExact(place[2]))
        return status;
    state->written = out->at - begin;
    memcpy(state->of_place, begin, (size_t)state->written);
    for (int i = 0; i < PLACE; i++) {
        Py_INCREF(place[i]);
        Py_XSETREF(state->place[i], place[i]);
    }
    return 0;
#endif
}

/* ---- templates ------------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject *key, *value; /* exact str; immutable, and in no cycle */
    Py_ssize_t end;        /* of the encoded attribute, which begins where the one before it ends */
} Constant;

typedef struct {
    PyObject_VAR_HEAD
    uint8_t *written;
    Constant constants[1];
} Template;

static void template_dealloc(PyObject *self)
{
    Template *made = (Template *)self;
    PyTypeObject *type = Py_TYPE(self);
    for (Py_ssize_t i = 0; i < Py_SIZE(made); i++) {
        Py_XDECREF(made->constants[i].key);
        Py_XDECREF(made->constants[i].value);
    }
    PyMem_Free(made->written);
    type->tp_free(self);
    Py_DECREF(type);
}

/* Keys of the event dict that are not attributes: processors.RESERVED. The key is an exact str, ready. */
static bool is_reserved(PyObject *key)
{
    if (!PyUnicode_IS_ASCII(key))
        return false;
    const void *word = PyUnicode_1BYTE_DATA(key);
    switch (PyUnicode_GET_LENGTH(key)) {
    case 5:
        return memcmp(word, "event", 5) == 0 || memcmp(word, "level", 5) == 0;
    case 7:
        return memcmp(word, "message", 7) == 0 || memcmp(word, "span_id", 7) == 0;
    case 8:
        return memcmp(word, "trace_id", 8) == 0;
    case 9:
        return memcmp(word, "timestamp", 9) == 0;
    case 11:
        return memcmp(word, "trace_flags", 11) == 0;
    default:
        return false;
    }
}

/* Encode what can be of a head's items; a list may hold something else by the time a record comes. */
static int put_constants(Out *out, Template *made, PyObject *items, Py_ssize_t *count)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        if (!PyTuple_CheckExact(item) || PyTuple_GET_SIZE(item) != 2)
            continue;
        PyObject *key = PyTuple_GET_ITEM(item, 0), *value = PyTuple_GET_ITEM(item, 1);
        if (!PyUnicode_CheckExact(key) || PyList_CheckExact(value) || is_reserved(key))
            continue;
        int status = put_attribute(out, OF_RECORD, key, value);
        if (status == FAILED)
            return FAILED;
        if (status == UNFIT)
            continue;
        made->constants[(*count)++] = (Constant){Py_NewRef(key), Py_NewRef(value), out->at - out->start};
    }
    return 0;
}

static PyObject *make_template(PyObject *module, PyObject *head)
{
    State *state = PyModule_GetState(module);
    PyObject *items = PyMapping_Items(head);
    if (items == NULL)
        return NULL;
    Template *made = (Template *)state->template_type->tp_alloc(state->template_type, PyList_GET_SIZE(items));
    if (made == NULL) {
        Py_DECREF(items);
        return NULL;
    }
    Out out;
    open_out(&out);
    Py_ssize_t count = 0;
    int status = put_constants(&out, made, items, &count);
    Py_DECREF(items);
    size_t size = (size_t)(out.at - out.start);
    made->written = status < 0 ? NULL : PyMem_Malloc(size);
    if (made->written != NULL)
        memcpy(made->written, out.start, size);
    else if (status == 0)
        PyErr_NoMemory();
    close_out(&out);
    Py_SET_SIZE(made, count);
    if (made->written == NULL)
        Py_CLEAR(made);
    return (PyObject *)made;
}

/* ---- records --------------------------------------------------------------------------------------------------- */

/* A head's fields come first, in its order, unless a processor did something to them. */
static int put_attributes(Out *out, const Template *template, PyObject *fields)
{
    PyObject *key, *value;
    Py_ssize_t at = 0, next = 0, begin = 0;
    int count = 0, status = 0;
    while (status == 0 && PyDict_Next(fields, &at, &key, &value)) {
        const Constant *known = next < Py_SIZE(template) ? &template->constants[next] : NULL;
        if (known != NULL && known->key == key) {
            Py_ssize_t from = begin, size = known->end - from;
            begin = known->end;
            next++;
            if (known->value == value) {
                status = reserve(out, size);
                if (status == 0) {
                    memcpy(out->at, template->written + from, (size_t)size);
                    out->at += size;
                }
                count++;
                continue;
            }
        }
        if (!PyUnicode_CheckExact(key))
            return UNFIT;
        if (text_size(key) == FAILED)
            return FAILED;
        if (is_reserved(key))
            continue;
        status = put_attribute(out, OF_RECORD, key, value);
        count++;
    }
    return status < 0 ? status : count > ATTRIBUTE_LIMIT ? UNFIT : 0;
}

static int put_record(Out *out, State *state, const Template *template, PyObject *const *record, PyObject *fields,
                      PyObject *observed)
{
    out->at += HEADER; /* the first 2 KB hold that, time, severity, and at least 100 bytes more */
    int status = put_number(out, 0x09, record[TIME_NS], 8);
    if (status == 0)
        status = put_severity(out, PyDict_GetItemWithError(fields, state->level));
    if (status == 0)
        status = put_body(out, PyDict_GetItemWithError(fields, state->message));
    if (status == 0)
        status = put_attributes(out, template, fields);
    if (status == 0)
        status = reserve(out, PLACE_MAX + NUMBER_FIELD);
    if (status == 0)
        status = put_place_again(out, state, record);
    if (status == 0)
        status = put_number(out, 0x59, observed, 8);
    return status == 0 ? put_name(out, 0x62, PyDict_GetItemWithError(fields, state->event)) : status;
}

/* The record's own tag and length go before it, into the room that was left. */
static PyObject *finished(Out *out)
{
    uint8_t *content = out->start + HEADER, header[HEADER];
    Py_ssize_t size = out->at - content, begin = put_length(header, 0x12, size) - header;
    if (size > SIZE_LIMIT)
        return Py_NewRef(Py_None);
    memcpy(content - begin, header, (size_t)begin);
    return PyBytes_FromStringAndSize((const char *)content - begin, begin + size);
}

static PyObject *own_fields(PyObject *fields)
{
#ifdef Py_GIL_DISABLED /* a dict that no other thread knows */
    return PyDict_Copy(fields);
#else
    return Py_NewRef(fields);
#endif
}

static PyObject *encode(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    State *state = PyModule_GetState(module);
    if (count != 4 || !Py_IS_TYPE(args[0], state->template_type) || !PyTuple_Check(args[1])
        || PyTuple_GET_SIZE(args[1]) <= TRACE_FLAGS) {
        PyErr_SetString(PyExc_TypeError, "expected a template of this encoder, a record, a dict and an int");
        return NULL;
    }
    if (!PyDict_CheckExact(args[2]))
        return Py_NewRef(Py_None);
    PyObject *fields = own_fields(args[2]);
    if (fields == NULL)
        return NULL;
    Out out;
    open_out(&out);
    int status = put_record(&out, state, (const Template *)args[0], &PyTuple_GET_ITEM(args[1], 0), fields, args[3]);
    Py_DECREF(fields);
    PyObject *written = NULL;
    if (status == 0)
        written = finished(&out);
    else if (status == UNFIT && !PyErr_Occurred()) /* comparing keys, a stranger's `__eq__` may have raised */
        written = Py_NewRef(Py_None);
    close_out(&out);
    return written;
}

/* ---- span events ----------------------------------------------------------------------------------------------- */

/* Both exact str, and ready. */
static bool same_text(PyObject *one, PyObject *other)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(one);
    if (one == other)
        return true;
    if (length != PyUnicode_GET_LENGTH(other) || PyUnicode_KIND(one) != PyUnicode_KIND(other))
        return false;
    return memcmp(PyUnicode_DATA(one), PyUnicode_DATA(other), (size_t)length * PyUnicode_KIND(one)) == 0;
}

static bool is_among(PyObject *key, PyObject *keys, Py_ssize_t from)
{
    for (Py_ssize_t i = from; i < PyTuple_GET_SIZE(keys); i++)
        if (same_text(key, PyTuple_GET_ITEM(keys, i)))
            return true;
    return false;
}

/* Whether all are exact str; they are ready then. */
static int are_keys(PyObject *keys)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(keys); i++) {
        PyObject *key = PyTuple_GET_ITEM(keys, i);
        if (!PyUnicode_CheckExact(key))
            return UNFIT;
        if (text_size(key) == FAILED)
            return FAILED;
    }
    return 0;
}

/* What stands in `last` comes last, in its order. */
static int put_event_attributes(Out *out, PyObject *fields, PyObject *last)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    int count = 0, status = are_keys(last);
    while (status == 0 && PyDict_Next(fields, &at, &key, &value)) {
        if (!PyUnicode_CheckExact(key))
            return UNFIT;
        if (text_size(key) == FAILED)
            return FAILED;
        if (is_reserved(key) || is_among(key, last, 0))
            continue;
        status = put_attribute(out, OF_EVENT, key, value);
        count++;
    }
    for (Py_ssize_t i = 0; status == 0 && i < PyTuple_GET_SIZE(last); i++) {
        key = PyTuple_GET_ITEM(last, i);
        if (is_reserved(key) || is_among(key, last, i + 1))
            continue;
        value = PyDict_GetItemWithError(fields, key); /* all its keys are str: no stranger's code */
        if (value == NULL)
            continue;
        status = put_attribute(out, OF_EVENT, key, value);
        count++;
    }
    return status < 0 ? status : count > ATTRIBUTE_LIMIT ? UNFIT : 0;
}

static PyObject *span_event(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    (void)module;
    if (count != 4 || !PyTuple_CheckExact(args[3])) {
        PyErr_SetString(PyExc_TypeError, "expected a str, an int, a dict and a tuple");
        return NULL;
    }
    if (!PyDict_CheckExact(args[2]) || !PyUnicode_CheckExact(args[0]))
        return Py_NewRef(Py_None);
    PyObject *fields = own_fields(args[2]);
    if (fields == NULL)
        return NULL;
    Out out;
    open_out(&out);
    int status = put_number(&out, 0x09, args[1], 8);
    if (status == 0)
        status = put_name(&out, 0x12, args[0]);
    if (status == 0)
        status = put_event_attributes(&out, fields, args[3]);
    Py_DECREF(fields);
    if (status == 0 && out.at - out.start > SIZE_LIMIT)
        status = UNFIT;
    PyObject *written = NULL;
    if (status == 0)
        written = PyBytes_FromStringAndSize((const char *)out.start, out.at - out.start);
    else if (status == UNFIT)
        written = Py_NewRef(Py_None);
    close_out(&out);
    return written;
}

/* ---- items of the SDK's queue ---------------------------------------------------------------------------------- */

/* No container to the garbage collector, which thousands in the queue would call into the background thread. Nothing
 * that it holds refers to it. */
typedef struct {
    PyObject_HEAD
    PyObject *origin, *data;
} Item;

static void item_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(((Item *)self)->origin);
    Py_XDECREF(((Item *)self)->data);
    type->tp_free(self);
    Py_DECREF(type);
}

/* What is none of its own: of the SDK's record that it stands for. */
static PyObject *item_getattro(PyObject *self, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr(self, name);
    if (found != NULL || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return found;
    if (PyUnicode_GET_LENGTH(name) > 1 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, 1) == '_')
        return NULL;
    PyErr_Clear();
    PyObject *readable = PyObject_CallMethod(((Item *)self)->origin, "readable", "O", ((Item *)self)->data);
    if (readable == NULL)
        return NULL;
    found = PyObject_GetAttr(readable, name);
    Py_DECREF(readable);
    return found;
}

static PyObject *items(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 2 || !PyList_CheckExact(args[1])) {
        PyErr_SetString(PyExc_TypeError, "items(origin, data: list, /)");
        return NULL;
    }
    State *state = PyModule_GetState(module);
    PyObject *found = PyList_New(PyList_GET_SIZE(args[1]));
    for (Py_ssize_t i = 0; found != NULL && i < PyList_GET_SIZE(found); i++) {
        Item *item = PyObject_New(Item, state->item_type);
        if (item == NULL) {
            Py_CLEAR(found);
            break;
        }
        item->origin = Py_NewRef(args[0]);
        item->data = Py_NewRef(PyList_GET_ITEM(args[1], i));
        PyList_SET_ITEM(found, i, (PyObject *)item);
    }
    return found;
}

/* ---- module ---------------------------------------------------------------------------------------------------- */

static PyMethodDef methods[] = {
    {"template", make_template, METH_O,
     "template($module, head, /)\n--\n\nEncode what is the same in all records of an event; see encoding.Encoder."},
    {"record", (PyCFunction)(void (*)(void))encode, METH_FASTCALL,
     "record($module, template, record, fields, observed_ns, /)\n--\n\nEncode one record; see encoding.Encoder."},
    {"span_event", (PyCFunction)(void (*)(void))span_event, METH_FASTCALL,
     "span_event($module, name, time_ns, fields, last, /)\n--\n\nEncode one span event; see encoding.Encoder."},
    {"items", (PyCFunction)(void (*)(void))items, METH_FASTCALL,
     "items($module, origin, data, /)\n--\n\nAn `Encoded` of each; see items.py."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef item_members[] = {{"origin", T_OBJECT_EX, offsetof(Item, origin), READONLY, "Where it comes from."},
                                     {"data", T_OBJECT_EX, offsetof(Item, data), READONLY, "The encoded record."},
                                     {NULL, 0, 0, 0, NULL}};
static PyType_Slot item_slots[] = {
    {Py_tp_dealloc, item_dealloc}, {Py_tp_getattro, item_getattro}, {Py_tp_members, item_members}, {0, NULL}};
static PyType_Spec item_spec = {"otel_audit.otlp._encode.Encoded", sizeof(Item), 0,
                                Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, item_slots};
static PyType_Slot template_slots[] = {{Py_tp_dealloc, template_dealloc}, {0, NULL}};
static PyType_Spec template_spec = {"otel_audit.otlp._encode.Template", (int)offsetof(Template, constants), sizeof(Constant),
                                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, template_slots};

static int module_exec(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->template_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &template_spec, NULL);
    state->item_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &item_spec, NULL);
    state->event = PyUnicode_InternFromString("event");
    state->level = PyUnicode_InternFromString("level");
    state->message = PyUnicode_InternFromString("message");
    if (state->template_type == NULL || state->item_type == NULL || state->event == NULL || state->level == NULL
        || state->message == NULL)
        return -1;
    if (PyModule_AddObjectRef(module, "Encoded", (PyObject *)state->item_type) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "encoder_name", "c");
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    Py_VISIT(state->template_type);
    Py_VISIT(state->item_type);
    return 0;
}

static int module_clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    Py_CLEAR(state->template_type);
    Py_CLEAR(state->item_type);
    Py_CLEAR(state->event);
    Py_CLEAR(state->level);
    Py_CLEAR(state->message);
    for (int i = 0; i < PLACE; i++)
        Py_CLEAR(state->place[i]);
    return 0;
}

static void module_free(void *module) { (void)module_clear(module); }

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, LAST_SLOTS};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT, "_encode",       "The C encoder; see encoding.Encoder.", sizeof(State), methods, module_slots,
    module_traverse,       module_clear, module_free};

PyMODINIT_FUNC PyInit__encode(void) { return PyModuleDef_Init(&module_def); }
