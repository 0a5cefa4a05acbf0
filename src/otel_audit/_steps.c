/* Describes a record's arguments, puts its fields together, says its line, and gives an ended span its events: what
 * events/describe.py, chain.py, events/templates.py and sinks/span_events.py do, in fewer steps.
 *
 * The line is made here where everything in it is printable ASCII and it is short enough; every other is left to
 * templates.py. Between two calls nothing is kept but what `bind` and `bind_span` were given and, under the GIL, how the
 * last record's place was written. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LONGEST_LINE = 512, IDENTITY = 16, FIELDS = 17 };

/* Where they stand in model.Record. */
enum { TRACE_ID = 2, SPAN_ID = 3, TRACE_FLAGS = 4, THREAD_ID = 5, THREAD_NAME = 6, WHO = 13 };

enum { PLACE = 3, SAMPLED = 1 }; /* numbers: trace, span, flags; the flag of a trace that somebody keeps */

typedef struct {
    PyObject *trace_id, *span_id, *trace_flags, *thread_id, *thread_name; /* keys */
    PyObject *last[PLACE], *written[PLACE];                               /* three numbers, and each as hexadecimal */
    PyObject *context, *events, *deque, *maxlen, *extend;                 /* attributes that a span's events are behind */
    PyObject *described;                                                  /* model.Described, a named tuple */
} State;

#define REFERENCES (sizeof(State) / sizeof(PyObject *))
#include "_module.h"

/* ---- fields ---------------------------------------------------------------------------------------------------- */

static int as_bytes(PyObject *number, uint8_t *bytes, size_t size)
{
#if PY_VERSION_HEX >= 0x030D0000
    Py_ssize_t needed = PyLong_AsNativeBytes(
        number, bytes, (Py_ssize_t)size,
        Py_ASNATIVEBYTES_BIG_ENDIAN | Py_ASNATIVEBYTES_UNSIGNED_BUFFER | Py_ASNATIVEBYTES_REJECT_NEGATIVE);
    if (needed > (Py_ssize_t)size)
        PyErr_SetString(PyExc_OverflowError, "an identity of too many bytes");
    else if (needed < 0 && PyErr_ExceptionMatches(PyExc_ValueError)) /* int.to_bytes says it otherwise */
        PyErr_SetString(PyExc_OverflowError, "an identity below zero");
    return needed < 0 || needed > (Py_ssize_t)size ? -1 : 0;
#else
    return _PyLong_AsByteArray((PyLongObject *)number, bytes, size, 0, 0);
#endif
}

/* A number as lowercase hexadecimal of a fixed width. */
static PyObject *as_hex(PyObject *number, size_t size)
{
    uint8_t bytes[IDENTITY];
    if (!PyLong_Check(number)) {
        PyErr_SetString(PyExc_TypeError, "an identity that is no int");
        return NULL;
    }
    PyObject *text = as_bytes(number, bytes, size) < 0 ? NULL : PyUnicode_New((Py_ssize_t)size * 2, 127);
    if (text == NULL)
        return NULL;
    Py_UCS1 *out = PyUnicode_1BYTE_DATA(text);
    for (size_t i = 0; i < size; i++) {
        *out++ = (Py_UCS1)"0123456789abcdef"[bytes[i] >> 4];
        *out++ = (Py_UCS1)"0123456789abcdef"[bytes[i] & 15];
    }
    return text;
}

/* Adds one number of a place. What _wire.c reads of one span is the same object in each record. */
static int put_hex(State *state, int which, PyObject *fields, PyObject *key, PyObject *number, size_t size)
{
#ifdef Py_GIL_DISABLED
    (void)state, (void)which;
    PyObject *text = as_hex(number, size);
    int status = text == NULL ? -1 : PyDict_SetItem(fields, key, text);
    Py_XDECREF(text);
    return status;
#else
    if (state->last[which] != number) {
        PyObject *text = as_hex(number, size);
        if (text == NULL)
            return -1;
        Py_XSETREF(state->written[which], text);
        Py_INCREF(number);
        Py_XSETREF(state->last[which], number);
    }
    return PyDict_SetItem(fields, key, state->written[which]);
#endif
}

/* Adds what `text` makes of a value. */
static int put_text(PyObject *fields, PyObject *key, PyObject *value, PyObject *text)
{
    PyObject *said = PyObject_CallOneArg(text, value);
    int status = said == NULL ? -1 : PyDict_SetItem(fields, key, said);
    Py_XDECREF(said);
    return status;
}

static int put_who(PyObject *fields, PyObject *who, PyObject *text)
{
    Py_ssize_t number = PyMapping_Size(who);
    PyObject *pairs = number > 0 ? PyMapping_Items(who) : NULL;
    int status = number < 0 || (number > 0 && pairs == NULL) ? -1 : 0;
    for (Py_ssize_t i = 0; status == 0 && pairs != NULL && i < PyList_GET_SIZE(pairs); i++) {
        PyObject *pair = PyList_GET_ITEM(pairs, i);
        if (PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2)
            status = put_text(fields, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1), text);
        else
            status = -1, PyErr_SetString(PyExc_TypeError, "an item that is no pair");
    }
    Py_XDECREF(pairs);
    return status;
}

static int put_all(State *state, PyObject *fields, PyObject *record, PyObject *attributes, PyObject *text)
{
    PyObject *trace_id = PyTuple_GET_ITEM(record, TRACE_ID), *name = PyTuple_GET_ITEM(record, THREAD_NAME);
    int traced = PyObject_IsTrue(trace_id), named = PyObject_IsTrue(name);
    if (traced < 0 || named < 0)
        return -1;
    if (traced && (put_hex(state, 0, fields, state->trace_id, trace_id, 16) < 0 ||
                   put_hex(state, 1, fields, state->span_id, PyTuple_GET_ITEM(record, SPAN_ID), 8) < 0 ||
                   put_hex(state, 2, fields, state->trace_flags, PyTuple_GET_ITEM(record, TRACE_FLAGS), 1) < 0))
        return -1;
    if (put_who(fields, PyTuple_GET_ITEM(record, WHO), text) < 0 || PyDict_Update(fields, attributes) < 0 ||
        PyDict_SetItem(fields, state->thread_id, PyTuple_GET_ITEM(record, THREAD_ID)) < 0)
        return -1;
    return named ? put_text(fields, state->thread_name, name, text) : 0;
}

static PyObject *make_fields(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    State *state = PyModule_GetState(module);
    if (nargs != 4 || !PyTuple_Check(args[0]) || PyTuple_GET_SIZE(args[0]) != FIELDS || !PyDict_CheckExact(args[1]) ||
        !PyDict_CheckExact(args[2]) || state->trace_id == NULL) {
        PyErr_SetString(PyExc_TypeError, "fields(record, head: dict, attributes: dict, text, /), after bind()");
        return NULL;
    }
    PyObject *fields = PyDict_Copy(args[1]);
    if (fields != NULL && put_all(state, fields, args[0], args[2], args[3]) < 0)
        Py_CLEAR(fields);
    return fields;
}

/* ---- attributes ------------------------------------------------------------------------------------------------- */

/* One argument: as it is where its type is the expected one, else as its function puts it. */
static int put_argument(PyObject *attributes, PyObject *compiled, PyObject *value, PyObject *never)
{
    PyObject *expected = PyTuple_GET_ITEM(compiled, 1);
    if ((PyObject *)Py_TYPE(value) == expected)
        return PyDict_SetItem(attributes, PyTuple_GET_ITEM(compiled, 0), value);
    if (value == Py_None && expected != never)
        return 0;
    PyObject *given[] = {value, attributes};
    PyObject *done = PyObject_Vectorcall(PyTuple_GET_ITEM(compiled, 2), given, 2, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *put_arguments(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs != 3 || !PyTuple_CheckExact(args[0]) || !PyTuple_CheckExact(args[1])) {
        PyErr_SetString(PyExc_TypeError, "arguments(puts: tuple, values: tuple, never, /)");
        return NULL;
    }
    PyObject *attributes = PyDict_New();
    Py_ssize_t number = Py_MIN(PyTuple_GET_SIZE(args[0]), PyTuple_GET_SIZE(args[1]));
    for (Py_ssize_t i = 0; attributes != NULL && i < number; i++) {
        PyObject *compiled = PyTuple_GET_ITEM(args[0], i);
        if (!PyTuple_Check(compiled) || PyTuple_GET_SIZE(compiled) != 3) {
            PyErr_SetString(PyExc_TypeError, "an argument is (key, expected, put)");
            Py_CLEAR(attributes);
        }
        else if (put_argument(attributes, compiled, PyTuple_GET_ITEM(args[1], i), args[2]) < 0)
            Py_CLEAR(attributes);
    }
    return attributes;
}

/* ---- a described record ------------------------------------------------------------------------------------------ */

static PyObject *make_described(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    State *state = PyModule_GetState(module);
    if (nargs != 2 || state->described == NULL) {
        PyErr_SetString(PyExc_TypeError, "described(record, fields, /), after bind()");
        return NULL;
    }
    PyTypeObject *type = (PyTypeObject *)state->described;
    PyObject *made = type->tp_alloc(type, 2);
    for (Py_ssize_t i = 0; made != NULL && i < 2; i++)
        PyTuple_SET_ITEM(made, i, Py_NewRef(args[i]));
    return made;
}

/* ---- the line -------------------------------------------------------------------------------------------------- */

typedef struct {
    Py_ssize_t size;
    char text[LONGEST_LINE];
} Line;

/* 0 when the text is added; 1 when it is not printable ASCII, or there is no room. */
static int add(Line *line, PyObject *text)
{
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(text) < 0) {
        PyErr_Clear();
        return 1;
    }
#endif
    if (!PyUnicode_IS_ASCII(text) || PyUnicode_GET_LENGTH(text) > LONGEST_LINE - line->size)
        return 1;
    const Py_UCS1 *data = PyUnicode_1BYTE_DATA(text);
    Py_ssize_t size = PyUnicode_GET_LENGTH(text);
    unsigned odd = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        odd |= data[i] < 0x20 || data[i] == 0x7F;
        line->text[line->size + i] = (char)data[i];
    }
    line->size += size;
    return odd != 0;
}

/* The same for what stands in an attribute: a text, or a list of texts with blanks between them. */
static int add_value(Line *line, PyObject *value)
{
    if (PyUnicode_CheckExact(value))
        return add(line, value);
    if (!PyList_CheckExact(value))
        return 1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(value); i++) {
        if (i > 0 && line->size == LONGEST_LINE)
            return 1;
        if (i > 0)
            line->text[line->size++] = ' ';
        if (!PyUnicode_CheckExact(PyList_GET_ITEM(value, i)) || add(line, PyList_GET_ITEM(value, i)) != 0)
            return 1;
    }
    return 0;
}

/* 0 when the segment is said, or left out as it may be; 1 when templates.py must say the line; -1 with an error set. */
static int add_segment(Line *line, PyObject *segment, PyObject *attributes)
{
    PyObject *needed = PyTuple_GET_ITEM(segment, 0), *read = PyTuple_GET_ITEM(segment, 4);
    if (read != Py_None) {
        PyObject *said = PyObject_CallOneArg(read, attributes);
        if (said == NULL)
            return -1;
        int status = said == Py_None ? needed == Py_True : !PyUnicode_CheckExact(said) || add(line, said) != 0;
        Py_DECREF(said);
        return status;
    }
    PyObject *value = PyDict_GetItemWithError(attributes, PyTuple_GET_ITEM(segment, 2));
    if (value == NULL || value == Py_None)
        return PyErr_Occurred() ? -1 : needed == Py_True;
    Py_INCREF(value);
    int status = add(line, PyTuple_GET_ITEM(segment, 1)) || add_value(line, value) ||
                 add(line, PyTuple_GET_ITEM(segment, 3));
    Py_DECREF(value);
    return status;
}

static PyObject *say(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs != 2 || !PyTuple_CheckExact(args[0]) || !PyDict_CheckExact(args[1])) {
        PyErr_SetString(PyExc_TypeError, "say(segments: tuple, attributes: dict, /)");
        return NULL;
    }
    Line line;
    line.size = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args[0]); i++) {
        PyObject *segment = PyTuple_GET_ITEM(args[0], i);
        if (!PyTuple_Check(segment) || PyTuple_GET_SIZE(segment) != 5 || !PyUnicode_Check(PyTuple_GET_ITEM(segment, 1)) ||
            !PyUnicode_Check(PyTuple_GET_ITEM(segment, 3))) {
            PyErr_SetString(PyExc_TypeError, "a segment is (needed, before, key, after, read)");
            return NULL;
        }
        int status = add_segment(&line, segment, args[1]);
        if (status < 0)
            return NULL;
        if (status > 0)
            Py_RETURN_NONE;
    }
    if (line.size == 0)
        Py_RETURN_NONE;
    PyObject *said = PyUnicode_New(line.size, 127);
    if (said != NULL)
        memcpy(PyUnicode_1BYTE_DATA(said), line.text, (size_t)line.size);
    return said;
}

/* ---- events of an ended span ------------------------------------------------------------------------------------- */

/* (trace id, span id, flags) of a sampled trace; NULL for any other, and with an error set. */
static PyObject *sampled_place(PyObject *context)
{
    if (!PyTuple_Check(context) || PyTuple_GET_SIZE(context) < 4)
        return NULL;
    PyObject *trace_id = PyTuple_GET_ITEM(context, 0), *flags = PyTuple_GET_ITEM(context, 3);
    long bits = PyLong_AsLong(flags);
    if ((bits == -1 && PyErr_Occurred()) || !(bits & SAMPLED) || PyObject_IsTrue(trace_id) != 1)
        return NULL;
    return PyTuple_Pack(PLACE, trace_id, PyTuple_GET_ITEM(context, 1), flags);
}

/* Whether a deque has room for so many more. */
static bool has_room(State *state, PyObject *held, Py_ssize_t number)
{
    PyObject *limit = PyObject_GetAttr(held, state->maxlen);
    if (limit == NULL)
        return false;
    Py_ssize_t most = limit == Py_None ? PY_SSIZE_T_MAX : PyLong_AsSsize_t(limit);
    Py_DECREF(limit);
    Py_ssize_t size = most < 0 ? -1 : PyObject_Size(held);
    return size >= 0 && number <= most - size;
}

static int remember(PyObject *places, PyObject *ids, PyObject *place)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(ids); i++)
        if (PyDict_SetItem(places, PyTuple_GET_ITEM(ids, i), place) < 0)
            return -1;
    return 0;
}

/* Without the GIL the SDK's own list has to take them, under its lock. */
static PyObject *append_all(State *state, PyObject *target, PyObject *held, PyObject *events)
{
#ifdef Py_GIL_DISABLED
    (void)held;
    return PyObject_CallMethodOneArg(target, state->extend, events);
#else
    (void)target;
    return PyObject_CallMethodOneArg(held, state->extend, events);
#endif
}

/* False: nothing was done, and sinks/span_events.py must do it, or say why it cannot be done. */
static PyObject *give_events(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    State *state = PyModule_GetState(module);
    if (nargs != 4 || !PyTuple_Check(args[2]) || !PyDict_CheckExact(args[3]) || state->context == NULL) {
        PyErr_SetString(PyExc_TypeError, "give_events(span, events, ids: tuple, places: dict, /), after bind_span()");
        return NULL;
    }
    if (!PyList_Check(args[1]))
        Py_RETURN_FALSE;
    PyObject *context = PyObject_GetAttr(args[0], state->context);
    PyObject *target = context == NULL ? NULL : PyObject_GetAttr(args[0], state->events);
    PyObject *held = target == NULL ? NULL : PyObject_GetAttr(target, state->deque);
    PyObject *place = held == NULL ? NULL : sampled_place(context), *result = NULL;
    if (place != NULL && has_room(state, held, PyList_GET_SIZE(args[1]))) {
        PyObject *done = remember(args[3], args[2], place) < 0 ? NULL : append_all(state, target, held, args[1]);
        result = done == NULL ? NULL : Py_NewRef(Py_True);
        Py_XDECREF(done);
    }
    else if (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_Exception)) {
        PyErr_Clear();
        result = Py_NewRef(Py_False);
    }
    Py_XDECREF(place);
    Py_XDECREF(held);
    Py_XDECREF(target);
    Py_XDECREF(context);
    return result;
}

/* ---- module ---------------------------------------------------------------------------------------------------- */

static PyObject *bind(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    State *state = PyModule_GetState(module);
    PyObject **places[] = {&state->trace_id,  &state->span_id,     &state->trace_flags,
                           &state->thread_id, &state->thread_name, &state->described};
    if (nargs != 6 || !is_tuple_class(args[5])) {
        PyErr_SetString(PyExc_TypeError, "bind(trace_id, span_id, trace_flags, thread_id, thread_name, Described, /)");
        return NULL;
    }
    return keep(places, nargs, args);
}

static PyObject *bind_span(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    State *state = PyModule_GetState(module);
    PyObject **places[] = {&state->context, &state->events, &state->deque, &state->maxlen, &state->extend};
    if (nargs != 5) {
        PyErr_SetString(PyExc_TypeError, "bind_span(context, events, deque, maxlen, extend, /)");
        return NULL;
    }
    return keep(places, nargs, args);
}

static PyMethodDef methods[] = {
    {"fields", (PyCFunction)(void (*)(void))make_fields, METH_FASTCALL,
     "fields($module, record, head, attributes, text, /)\n--\n\nFields of a record up to its thread; see chain.py."},
    {"arguments", (PyCFunction)(void (*)(void))put_arguments, METH_FASTCALL,
     "arguments($module, puts, values, never, /)\n--\n\nAttributes of a row's arguments; see describe.py."},
    {"described", (PyCFunction)(void (*)(void))make_described, METH_FASTCALL,
     "described($module, record, fields, /)\n--\n\nA `Described` of both."},
    {"say", (PyCFunction)(void (*)(void))say, METH_FASTCALL,
     "say($module, segments, attributes, /)\n--\n\nThe line of a template, or None where templates.py must make it."},
    {"bind", (PyCFunction)(void (*)(void))bind, METH_FASTCALL,
     "bind($module, trace_id, span_id, trace_flags, thread_id, thread_name, described, /)\n--\n\n"
     "Hand over keys and a class. Called once, when chain.py is imported."},
    {"give_events", (PyCFunction)(void (*)(void))give_events, METH_FASTCALL,
     "give_events($module, span, events, ids, places, /)\n--\n\n"
     "Append to a sampled span that has room, and note its place for all ids; False: not done. See span_events.py."},
    {"bind_span", (PyCFunction)(void (*)(void))bind_span, METH_FASTCALL,
     "bind_span($module, context, events, deque, maxlen, extend, /)\n--\n\n"
     "Hand over the attributes' names. Called once, when sdk.py is imported."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {LAST_SLOTS};

static struct PyModuleDef module_def = {PyModuleDef_HEAD_INIT,
                                        "_steps",
                                        "Fields and lines of records, and a span's events, in C; see the top of _steps.c.",
                                        sizeof(State),
                                        methods,
                                        module_slots,
                                        module_traverse,
                                        module_clear,
                                        module_free};

PyMODINIT_FUNC PyInit__steps(void) { return PyModuleDef_Init(&module_def); }
