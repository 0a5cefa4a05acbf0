/* Protobuf's encoding of what OTLP attributes are made of: fields, varints, text, AnyValue. Its twin is protobuf.py. */
#ifndef OTEL_AUDIT_PROTOBUF_H
#define OTEL_AUDIT_PROTOBUF_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { FAILED = -1, UNFIT = -2 }; /* an exception is set; the SDK shall take this record. Sizes are not negative. */
enum { HEADER = 1 + 10, NUMBER_FIELD = 1 + 8 };
#define SIZE_LIMIT ((Py_ssize_t)1 << 26) /* encoding.SIZE_LIMIT; a few times that fits every Py_ssize_t */

/* ---- output ---------------------------------------------------------------------------------------------------- */

typedef struct {
    uint8_t *start, *at, *end;
    uint8_t first[2048]; /* most records are of some 400 bytes; what is longer goes to the heap */
} Out;

static void open_out(Out *out)
{
    out->start = out->at = out->first;
    out->end = out->first + sizeof out->first;
}

static void close_out(Out *out)
{
    if (out->start != out->first)
        PyMem_Free(out->start);
}

static int reserve(Out *out, Py_ssize_t room)
{
    if (out->end - out->at >= room)
        return 0;
    if (out->at - out->start + room > 2 * SIZE_LIMIT)
        return UNFIT;
    size_t used = (size_t)(out->at - out->start), size = 2 * (used + (size_t)room);
    bool on_heap = out->start != out->first;
    uint8_t *start = PyMem_Realloc(on_heap ? out->start : NULL, size);
    if (start == NULL) {
        PyErr_NoMemory();
        return FAILED;
    }
    if (!on_heap)
        memcpy(start, out->first, used);
    out->start = start;
    out->at = start + used;
    out->end = start + size;
    return 0;
}

static inline Py_ssize_t varint_size(uint64_t number)
{
    Py_ssize_t size = 1;
    for (; number > 127; number >>= 7)
        size++;
    return size;
}

static inline uint8_t *put_varint(uint8_t *at, uint64_t number)
{
    for (; number > 127; number >>= 7)
        *at++ = (uint8_t)(number | 128);
    *at++ = (uint8_t)number;
    return at;
}

static inline uint8_t *put_length(uint8_t *at, uint8_t tag, Py_ssize_t length)
{
    *at++ = tag;
    return put_varint(at, (uint64_t)length);
}

static inline Py_ssize_t field_size(Py_ssize_t length) { return 1 + varint_size((uint64_t)length) + length; }

static inline uint8_t *put_fixed(uint8_t *at, uint64_t number, size_t bytes)
{
#if PY_LITTLE_ENDIAN
    memcpy(at, &number, bytes);
#else
    for (size_t i = 0; i < bytes; i++, number >>= 8)
        at[i] = (uint8_t)number;
#endif
    return at + bytes;
}

/* ---- text ------------------------------------------------------------------------------------------------------ */

static Py_ssize_t wide_size(PyObject *text)
{
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(text) < 0)
        return FAILED;
#endif
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), size = length;
    if (length > SIZE_LIMIT)
        return UNFIT;
    if (PyUnicode_IS_ASCII(text))
        return size;
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        if (Py_UNICODE_IS_SURROGATE(c))
            return UNFIT;
        size += (c > 0x7F) + (c > 0x7FF) + (c > 0xFFFF);
    }
    return size > SIZE_LIMIT ? UNFIT : size;
}

/* Bytes of an exact str in UTF-8; Python's own writer would keep a copy on the string. */
static inline Py_ssize_t text_size(PyObject *text)
{
    if (PyUnicode_IS_COMPACT_ASCII(text) && PyUnicode_GET_LENGTH(text) <= SIZE_LIMIT)
        return PyUnicode_GET_LENGTH(text);
    return wide_size(text);
}

static uint8_t *put_wide(uint8_t *at, PyObject *text)
{
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    for (Py_ssize_t i = 0, length = PyUnicode_GET_LENGTH(text); i < length; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        if (c <= 0x7F) {
            *at++ = (uint8_t)c;
            continue;
        }
        if (c <= 0x7FF) {
            *at++ = (uint8_t)(0xC0 | c >> 6);
        } else {
            if (c <= 0xFFFF) {
                *at++ = (uint8_t)(0xE0 | c >> 12);
            } else {
                *at++ = (uint8_t)(0xF0 | c >> 18);
                *at++ = (uint8_t)(0x80 | (c >> 12 & 0x3F));
            }
            *at++ = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        }
        *at++ = (uint8_t)(0x80 | (c & 0x3F));
    }
    return at;
}

static inline uint8_t *put_text(uint8_t *at, PyObject *text, Py_ssize_t size)
{
    if (!PyUnicode_IS_ASCII(text))
        return put_wide(at, text);
    memcpy(at, PyUnicode_1BYTE_DATA(text), (size_t)size);
    return at + size;
}

/* ---- AnyValue -------------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject *value; /* borrowed; of an array its items, strong */
    enum { TEXT, BOOL, INT, FLOAT, ARRAY } kind;
    Py_ssize_t size, inner; /* of the content; of the text or the items in it */
    uint64_t number;
} Any;

static int measure_scalar(Any *any, PyObject *value)
{
    any->value = value;
    if (PyUnicode_CheckExact(value)) {
        any->kind = TEXT;
        any->inner = text_size(value);
        if (any->inner < 0)
            return any->inner == FAILED ? FAILED : UNFIT;
        any->size = field_size(any->inner);
    } else if (PyBool_Check(value)) {
        any->kind = BOOL;
        any->number = value == Py_True;
        any->size = 2;
    } else if (PyLong_CheckExact(value)) {
        int overflow;
        any->kind = INT;
        any->number = (uint64_t)PyLong_AsLongLongAndOverflow(value, &overflow);
        if (overflow)
            return UNFIT;
        any->size = 1 + varint_size(any->number);
    } else if (PyFloat_CheckExact(value)) {
        double number = PyFloat_AS_DOUBLE(value);
        any->kind = FLOAT;
        memcpy(&any->number, &number, sizeof number);
        any->size = NUMBER_FIELD;
    } else {
        return UNFIT;
    }
    return 0;
}

static PyObject *own_items(PyObject *array)
{
#ifdef Py_GIL_DISABLED /* elsewhere nobody can change a list meanwhile, and a new tuple may start a collection */
    if (PyList_CheckExact(array))
        return PyList_AsTuple(array);
#endif
    return Py_NewRef(array);
}

static int measure_items(Any *any)
{
    PyObject **items = PySequence_Fast_ITEMS(any->value);
    any->inner = 0;
    for (Py_ssize_t i = 0, count = PySequence_Fast_GET_SIZE(any->value); i < count; i++) {
        Any item;
        int status = Py_TYPE(items[i]) == Py_TYPE(items[0]) ? measure_scalar(&item, items[i]) : UNFIT;
        if (status < 0)
            return status;
        any->inner += field_size(item.size);
        if (any->inner > SIZE_LIMIT)
            return UNFIT;
    }
    any->size = field_size(any->inner);
    return 0;
}

static void release(Any *any)
{
    if (any->kind == ARRAY)
        Py_DECREF(any->value);
}

static int measure(Any *any, PyObject *value)
{
    if (!PyTuple_CheckExact(value) && !PyList_CheckExact(value))
        return measure_scalar(any, value);
    any->kind = ARRAY;
    any->value = own_items(value);
    if (any->value == NULL)
        return FAILED;
    int status = measure_items(any);
    if (status < 0)
        release(any);
    return status;
}

static uint8_t *put_scalar(uint8_t *at, const Any *any)
{
    switch (any->kind) {
    case TEXT:
        return put_text(put_length(at, 0x0A, any->inner), any->value, any->inner);
    case FLOAT:
        *at++ = 0x21;
        return put_fixed(at, any->number, 8);
    default:
        *at++ = any->kind == BOOL ? 0x10 : 0x18;
        return put_varint(at, any->number);
    }
}

static uint8_t *put_any(uint8_t *at, const Any *any)
{
    if (any->kind != ARRAY)
        return put_scalar(at, any);
    at = put_length(at, 0x2A, any->inner);
    PyObject **items = PySequence_Fast_ITEMS(any->value);
    for (Py_ssize_t i = 0, count = PySequence_Fast_GET_SIZE(any->value); i < count; i++) {
        Any item;
        (void)measure_scalar(&item, items[i]); /* as it was a moment ago */
        at = put_scalar(put_length(at, 0x0A, item.size), &item);
    }
    return at;
}

#endif
