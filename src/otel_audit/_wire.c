/* Reads records: what wire.py reads, several times faster. Its `decode` and `split` are the truth.
 *
 * Whatever a core would not write, or would seldom (text that is no valid UTF-8, values within values within values),
 * is left to wire.py, which reads it or says what is wrong with it. Every length is held against the end of the bytes
 * before it is used. Between two calls nothing is kept but what `bind` was given and, under the GIL, the last record's
 * place: records of one span follow each other. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    HEADER = 72,
    TRACE = 16,         /* bytes of a trace id */
    PLACE = TRACE + 8,  /* of that and the span's */
    VERSION = 1,
    ON_EVENT_LOOP = 4, /* a flag of the header */
    FIELDS = 17,       /* of model.Record */
    DEEPEST = 4,       /* a core writes items, and within them no more than a path */
    LONGEST = 4096,    /* bytes of a text that is put together here; a core's have 1,024 at most */
    SECTION_NAME = 1,
    SECTION_WHO = 2,
    SECTION_LOCATION = 3,
    SECTION_TASK = 4,
};

typedef struct {
    PyObject *slow;                                             /* wire.py's decode: (bytes, offset) */
    PyObject *record, *size, *opaque, *items, *code, *location; /* of model.py, named tuples all */
    PyObject *missing, *nobody, *who;                           /* MISSING; an empty mapping; who.decode */
    PyObject *slow_split;                                       /* wire.py's split: (bytes) */
    PyObject *trace_id, *span_id;                               /* of the last record; NULL before the first */
    uint8_t place[PLACE];                                       /* both as they are written */
} State;

#define REFERENCES (offsetof(State, place) / sizeof(PyObject *))
#include "_module.h"

typedef struct {
    const uint8_t *at, *end;
    const State *state;
} Reader;

static uint16_t u16(const uint8_t *at) { uint16_t value; memcpy(&value, at, sizeof value); return value; }
static uint32_t u32(const uint8_t *at) { uint32_t value; memcpy(&value, at, sizeof value); return value; }
static uint64_t u64(const uint8_t *at) { uint64_t value; memcpy(&value, at, sizeof value); return value; }

/* ---- text and numbers ------------------------------------------------------------------------------------------ */

/* NULL without an error set: wire.py shall read it. */
static PyObject *unread(void)
{
    if (PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        PyErr_Clear();
    return NULL;
}

static PyObject *text(const uint8_t *data, Py_ssize_t size)
{
    PyObject *found = PyUnicode_DecodeUTF8((const char *)data, size, NULL);
    return found != NULL ? found : unread();
}

static PyObject *cut_text(const uint8_t *data, Py_ssize_t size)
{
    char longer[LONGEST + 3];
    if (size > LONGEST)
        return NULL;
    memcpy(longer, data, (size_t)size);
    memcpy(longer + size, "\xE2\x80\xA6", 3); /* U+2026 */
    return text((const uint8_t *)longer, size + 3);
}

/* An identity, big-endian. */
static PyObject *identity(const uint8_t *data, size_t size)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyLong_FromNativeBytes(data, size, Py_ASNATIVEBYTES_BIG_ENDIAN | Py_ASNATIVEBYTES_UNSIGNED_BUFFER);
#else
    return _PyLong_FromByteArray(data, size, 0, 0);
#endif
}

/* Trace and span id. Other ones are made only where they differ from the last record's. */
static void read_place(State *state, const uint8_t *data, PyObject **trace_id, PyObject **span_id)
{
#ifndef Py_GIL_DISABLED
    if (state->span_id != NULL && memcmp(state->place, data, PLACE) == 0) {
        *trace_id = state->trace_id, *span_id = state->span_id;
        Py_INCREF(*trace_id);
        Py_INCREF(*span_id);
        return;
    }
#endif
    *trace_id = identity(data, TRACE);
    *span_id = identity(data + TRACE, PLACE - TRACE);
#ifndef Py_GIL_DISABLED
    if (*trace_id == NULL || *span_id == NULL)
        return;
    memcpy(state->place, data, PLACE);
    Py_INCREF(*trace_id);
    Py_XSETREF(state->trace_id, *trace_id);
    Py_INCREF(*span_id);
    Py_XSETREF(state->span_id, *span_id);
#else
    (void)state;
#endif
}

/* The next `size` bytes, or NULL where there are fewer. */
static const uint8_t *take(Reader *reader, size_t size)
{
    if ((size_t)(reader->end - reader->at) < size)
        return NULL;
    const uint8_t *found = reader->at;
    reader->at += size;
    return found;
}

static PyObject *name_of_type(Reader *reader)
{
    const uint8_t *length = take(reader, 1), *data = length == NULL ? NULL : take(reader, *length);
    return data == NULL ? NULL : text(data, *length);
}

/* A named tuple of what is given, which is given away; NULL as soon as one of it is NULL. */
static PyObject *tuple_of(PyObject *class, PyObject **given, Py_ssize_t number)
{
    PyTypeObject *type = (PyTypeObject *)class;
    PyObject *made = NULL;
    int whole = 1;
    for (Py_ssize_t i = 0; i < number; i++)
        whole &= given[i] != NULL;
    if (whole)
        made = type->tp_alloc(type, number);
    for (Py_ssize_t i = 0; i < number; i++) {
        if (made != NULL)
            PyTuple_SET_ITEM(made, i, given[i]);
        else
            Py_XDECREF(given[i]);
    }
    return made;
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

static PyObject *read_value(Reader *reader, int depth);

static PyObject *read_values(Reader *reader, Py_ssize_t number, int depth)
{
    PyObject *values = PyTuple_New(number);
    for (Py_ssize_t i = 0; values != NULL && i < number; i++) {
        PyObject *value = read_value(reader, depth);
        if (value == NULL)
            Py_CLEAR(values);
        else
            PyTuple_SET_ITEM(values, i, value);
    }
    return values;
}

static PyObject *read_text(Reader *reader, int cut)
{
    const uint8_t *length = take(reader, 2), *data = length == NULL ? NULL : take(reader, u16(length));
    if (data == NULL)
        return NULL;
    return cut ? cut_text(data, u16(length)) : text(data, u16(length));
}

static PyObject *read_size(Reader *reader)
{
    const uint8_t *data = take(reader, 8);
    if (data == NULL || u64(data) > INT64_MAX)
        return NULL;
    PyObject *name = name_of_type(reader);
    PyObject *fields[] = {name == NULL ? NULL : PyLong_FromUnsignedLongLong(u64(data)), name};
    return tuple_of(reader->state->size, fields, 2);
}

static PyObject *read_opaque(Reader *reader)
{
    PyObject *fields[] = {name_of_type(reader)};
    return tuple_of(reader->state->opaque, fields, 1);
}

static PyObject *read_items(Reader *reader, int depth)
{
    const uint8_t *data = take(reader, 5);
    if (data == NULL || depth >= DEEPEST)
        return NULL;
    PyObject *values = read_values(reader, data[4], depth + 1);
    PyObject *fields[] = {values, values == NULL ? NULL : PyLong_FromUnsignedLong(u32(data))};
    return tuple_of(reader->state->items, fields, 2);
}

static PyObject *read_code(Reader *reader, int depth)
{
    if (depth >= DEEPEST)
        return NULL;
    PyObject *fields[3] = {NULL, NULL, NULL};
    for (int i = 0; i < 3 && (i == 0 || fields[i - 1] != NULL); i++)
        fields[i] = read_value(reader, depth + 1);
    if (fields[2] != NULL &&
        !(PyUnicode_CheckExact(fields[0]) && PyUnicode_CheckExact(fields[1]) && PyLong_CheckExact(fields[2])))
        Py_CLEAR(fields[2]);
    return tuple_of(reader->state->code, fields, 3);
}

/* A path's parts, joined as posixpath does: one that begins with a slash begins anew. */
static PyObject *read_parts(Reader *reader)
{
    const uint8_t *number = take(reader, 1);
    char path[LONGEST];
    size_t size = 0;
    for (int i = 0; number != NULL && i < *number; i++) {
        const uint8_t *tag = take(reader, 1), *length = tag == NULL ? NULL : take(reader, 2);
        if (length == NULL || (*tag != 7 && *tag != 9))
            return NULL;
        uint16_t more = u16(length);
        const uint8_t *data = take(reader, more);
        if (data == NULL || size + more + 1 > sizeof path)
            return NULL;
        if (more > 0 && data[0] == '/')
            size = 0;
        else if (size > 0 && path[size - 1] != '/')
            path[size++] = '/';
        memcpy(path + size, data, more);
        size += more;
        PyObject *valid = text(data, more); /* parts that are not, one by one, might be together */
        if (valid == NULL)
            return NULL;
        Py_DECREF(valid);
    }
    if (number == NULL)
        return NULL;
    return size > 0 ? text((const uint8_t *)path, (Py_ssize_t)size) : text((const uint8_t *)".", 1);
}

static PyObject *read_number(Reader *reader, uint8_t tag)
{
    const uint8_t *data = take(reader, 8);
    if (data == NULL)
        return NULL;
    uint64_t bits = u64(data);
    int64_t whole;
    double real;
    memcpy(&whole, &bits, sizeof whole);
    memcpy(&real, &bits, sizeof real);
    return tag == 4 ? PyLong_FromLongLong(whole) : tag == 5 ? PyLong_FromUnsignedLongLong(bits) : PyFloat_FromDouble(real);
}

static PyObject *read_value(Reader *reader, int depth)
{
    const uint8_t *tag = take(reader, 1);
    PyObject *found;
    switch (tag == NULL ? UINT8_MAX : *tag) {
    case 0: found = reader->state->missing; break;
    case 1: found = Py_None; break;
    case 2: found = Py_False; break;
    case 3: found = Py_True; break;
    case 4: case 5: case 6: return read_number(reader, *tag);
    case 7: case 9: return read_text(reader, 0);
    case 8: case 10: return read_text(reader, 1);
    case 11: return read_size(reader);
    case 12: return read_opaque(reader);
    case 13: return read_items(reader, depth);
    case 14: return read_code(reader, depth);
    case 15: return read_parts(reader);
    default: return NULL;
    }
    Py_INCREF(found);
    return found;
}

/* ---- sections -------------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject *name, *who, *task, *location;
} Sections;

static PyObject *read_location(const State *state, const uint8_t *data, size_t size)
{
    if (size < 6)
        return NULL;
    size_t function = u16(data + 4);
    if (size < 6 + function)
        return NULL;
    PyObject *file = text(data + 6 + function, (Py_ssize_t)(size - 6 - function));
    PyObject *name = file == NULL ? NULL : text(data + 6, (Py_ssize_t)function);
    PyObject *fields[] = {file, name, name == NULL ? NULL : PyLong_FromUnsignedLong(u32(data))};
    return tuple_of(state->location, fields, 3);
}

static PyObject *read_who(const State *state, const uint8_t *data, size_t size)
{
    PyObject *bytes = PyBytes_FromStringAndSize((const char *)data, (Py_ssize_t)size);
    PyObject *found = bytes == NULL ? NULL : PyObject_CallOneArg(state->who, bytes);
    Py_XDECREF(bytes);
    return found;
}

/* A later section of a kind takes the place of an earlier one, as in wire.py. */
static int read_sections(Reader *reader, unsigned number, Sections *sections)
{
    for (; number > 0; number--) {
        const uint8_t *head = take(reader, 4), *data = head == NULL ? NULL : take(reader, u16(head + 2));
        if (data == NULL)
            return -1;
        size_t size = u16(head + 2);
        PyObject **place, *found;
        switch (u16(head)) {
        case SECTION_NAME: place = &sections->name; found = text(data, (Py_ssize_t)size); break;
        case SECTION_WHO: place = &sections->who; found = read_who(reader->state, data, size); break;
        case SECTION_LOCATION: place = &sections->location; found = read_location(reader->state, data, size); break;
        case SECTION_TASK: place = &sections->task; found = text(data, (Py_ssize_t)size); break;
        default: continue;
        }
        if (found == NULL)
            return -1;
        Py_XSETREF(*place, found);
    }
    return 0;
}

static PyObject *or_default(PyObject *found, PyObject *otherwise)
{
    if (found == NULL)
        Py_INCREF(otherwise);
    return found != NULL ? found : otherwise;
}

/* ---- records --------------------------------------------------------------------------------------------------- */

/* NULL, with an error set or without: wire.py shall read it. */
static PyObject *read_record(State *state, const uint8_t *head, const uint8_t *end)
{
    Reader reader = {head, end, state};
    if (take(&reader, HEADER) == NULL || head[4] != VERSION)
        return NULL;
    const uint8_t *thread = take(&reader, head[63]);
    if (thread == NULL || (size_t)(end - reader.at) < u32(head + 64))
        return NULL;
    const uint8_t *behind = reader.at + u32(head + 64);
    PyObject *values = read_values(&reader, head[61], 0);
    if (values == NULL)
        return NULL;
    Sections sections = {NULL, NULL, NULL, NULL};
    PyObject *name = NULL;
    if (reader.at == behind && read_sections(&reader, u16(head + 68), &sections) == 0)
        name = text(thread, head[63]);
    if (name == NULL) {
        Py_DECREF(values);
        Py_XDECREF(sections.name);
        Py_XDECREF(sections.who);
        Py_XDECREF(sections.task);
        Py_XDECREF(sections.location);
        return NULL;
    }
    PyObject *trace_id, *span_id;
    read_place(state, head + 24, &trace_id, &span_id);
    PyObject *fields[FIELDS] = {
        PyLong_FromLong(u16(head + 6)),
        PyLong_FromUnsignedLongLong(u64(head + 16)),
        trace_id,
        span_id,
        PyLong_FromLong(head[60]),
        PyLong_FromUnsignedLongLong(u64(head + 48)),
        name,
        PyLong_FromUnsignedLong(u32(head + 56)),
        PyLong_FromUnsignedLongLong(u64(head + 8)),
        PyLong_FromLong(head[5]),
        PyLong_FromLong(head[62]),
        values,
        or_default(sections.name, Py_None),
        or_default(sections.who, state->nobody),
        PyBool_FromLong(head[5] & ON_EVENT_LOOP),
        or_default(sections.task, Py_None),
        or_default(sections.location, Py_None),
    };
    return tuple_of(state->record, fields, FIELDS);
}

static PyObject *decode(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    State *state = PyModule_GetState(module);
    if (nargs < 1 || nargs > 2 || !PyBytes_CheckExact(args[0]) || state->slow == NULL) {
        PyErr_SetString(PyExc_TypeError, "decode(data: bytes, at: int = 0, /), after bind()");
        return NULL;
    }
    Py_ssize_t at = nargs > 1 ? PyLong_AsSsize_t(args[1]) : 0;
    if (at == -1 && PyErr_Occurred())
        return NULL;
    const uint8_t *data = (const uint8_t *)PyBytes_AS_STRING(args[0]);
    Py_ssize_t size = PyBytes_GET_SIZE(args[0]);
    PyObject *found = at < 0 || at > size ? NULL : read_record(state, data + at, data + size);
    if (found != NULL || PyErr_Occurred())
        return found;
    return PyObject_Vectorcall(state->slow, args, (size_t)nargs, NULL);
}

/* ---- offsets ---------------------------------------------------------------------------------------------------- */

/* How many whole records the bytes are; -1 where they are none, or not whole. */
static Py_ssize_t number_of(const uint8_t *data, Py_ssize_t size)
{
    Py_ssize_t number = 0;
    for (Py_ssize_t at = 0; at < size; number++) {
        uint32_t length = size - at < HEADER ? 0 : u32(data + at);
        if (length < HEADER || length > (size_t)(size - at))
            return -1;
        at += length;
    }
    return number;
}

static PyObject *split(PyObject *module, PyObject *data)
{
    State *state = PyModule_GetState(module);
    if (!PyBytes_CheckExact(data) || state->slow_split == NULL) {
        PyErr_SetString(PyExc_TypeError, "split(data: bytes, /), after bind()");
        return NULL;
    }
    const uint8_t *bytes = (const uint8_t *)PyBytes_AS_STRING(data);
    Py_ssize_t number = number_of(bytes, PyBytes_GET_SIZE(data)), at = 0;
    if (number < 0)
        return PyObject_CallOneArg(state->slow_split, data);
    PyObject *offsets = PyTuple_New(number);
    for (Py_ssize_t i = 0; offsets != NULL && i < number; i++) {
        PyObject *offset = PyLong_FromSsize_t(at);
        if (offset == NULL)
            Py_CLEAR(offsets);
        else
            PyTuple_SET_ITEM(offsets, i, offset);
        at += u32(bytes + at);
    }
    return offsets;
}

/* ---- module ---------------------------------------------------------------------------------------------------- */

static PyObject *bind(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    State *state = PyModule_GetState(module);
    int wrong = nargs != 11;
    for (Py_ssize_t i = 1; !wrong && i < 7; i++)
        wrong = !is_tuple_class(args[i]);
    if (wrong) {
        PyErr_SetString(PyExc_TypeError, "bind(slow, Record, Size, Opaque, Items, CodeRef, Location, MISSING, nobody, who, split)");
        return NULL;
    }
    PyObject **places[] = {&state->slow,
                           &state->record,
                           &state->size,
                           &state->opaque,
                           &state->items,
                           &state->code,
                           &state->location,
                           &state->missing,
                           &state->nobody,
                           &state->who,
                           &state->slow_split};
    return keep(places, nargs, args);
}

static PyMethodDef methods[] = {
    {"decode", (PyCFunction)(void (*)(void))decode, METH_FASTCALL,
     "decode($module, data, at=0, /)\n--\n\nRead one record; see wire.decode."},
    {"split", split, METH_O, "split($module, data, /)\n--\n\nOffsets of the records; see wire.split."},
    {"bind", (PyCFunction)(void (*)(void))bind, METH_FASTCALL,
     "bind($module, slow, record, size, opaque, items, code, location, missing, nobody, who, split, /)\n--\n\n"
     "Say what is made of what is read. Called once, when wire.py is imported."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {LAST_SLOTS};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT, "_wire",      "The C reader of records; see wire.py.", sizeof(State), methods, module_slots,
    module_traverse,       module_clear, module_free};

PyMODINIT_FUNC PyInit__wire(void) { return PyModuleDef_Init(&module_def); }
