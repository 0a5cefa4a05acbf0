/* From an event to bytes: where it happened (trace context) and what it said (captured values). Runs in the hook. */
#ifndef OTEL_AUDIT_VALUES_H
#define OTEL_AUDIT_VALUES_H
#include "_state.h"
#if PY_VERSION_HEX < 0x030B0000
#include <longintrepr.h>
#endif

/* ---- trace context --------------------------------------------------------------------------------------------- */

typedef struct {
    uint8_t trace[16], span[8], flags; /* up to `unread`, without padding: what merging compares */
    bool traced, unread, suppressed;   /* with an owner, trace and span are the owner's */
    uint32_t interpreter; /* id + 1 of a foreign one; 0: home */
    PyObject *context;    /* strong while the event is handled */
    PyObject *current;    /* borrowed: the span, while the context holds it; NULL: none */
    Owner *owner;         /* borrowed: the span keeps it */
    /* of the code, see _place.h */
    PyObject *loop;     /* strong while the event is handled */
    PyCodeObject *code; /* borrowed from the application's nearest frame; NULL: not looked for, or none */
    int position;       /* in it, in bytes */
    bool on_loop;       /* it blocks the event loop of its thread */
} Where;

static inline size_t span_home(const void *key) { return (size_t)(((uintptr_t)key >> 4) * 0x9E3779B97F4A7C15u >> 20); }

static Owner *find_owner(const void *key)
{
    Owner *found = NULL;
    LOCK(&core);
    if (core.span_slots != 0)
        for (size_t i = span_home(key);; i++) {
            found = core.span[i & (core.span_slots - 1)];
            if (found == NULL || found->key == key)
                break;
        }
    UNLOCK(&core);
    return found != NULL && found->type == Py_TYPE((PyObject *)key) ? found : NULL;
}

static bool same_text(PyObject *a, PyObject *b) /* equal exact str, without calling anyone */
{
    if (a == b)
        return true;
    if (!PyUnicode_CheckExact(a) || PyUnicode_GET_LENGTH(a) != PyUnicode_GET_LENGTH(b) || !PyUnicode_IS_ASCII(a)
        || !PyUnicode_IS_ASCII(b))
        return false;
    return memcmp(PyUnicode_1BYTE_DATA(a), PyUnicode_1BYTE_DATA(b), (size_t)PyUnicode_GET_LENGTH(a)) == 0;
}

static bool big_endian(PyObject *number, uint8_t *out, size_t width)
{
    if (number == NULL || !PyLong_Check(number))
        return false;
#if PY_VERSION_HEX >= 0x030D0000
    Py_ssize_t need = PyLong_AsNativeBytes(number, out, (Py_ssize_t)width,
                                           Py_ASNATIVEBYTES_BIG_ENDIAN | Py_ASNATIVEBYTES_UNSIGNED_BUFFER
                                               | Py_ASNATIVEBYTES_REJECT_NEGATIVE);
    if (need >= 0 && (size_t)need <= width)
        return true;
#else
    /* asked first, because refusing builds an exception */
    if (_PyLong_Sign(number) < 0 || _PyLong_NumBits(number) > width * 8)
        return false;
    if (_PyLong_AsByteArray((PyLongObject *)number, out, width, 0, 0) == 0)
        return true;
#endif
    PyErr_Clear();
    return false;
}

/* A span that is not in the table: remote parent, not recording, or older than the bridge. Reads the instance's
 * `_context`, a tuple of (trace id, span id, remote, flags, …), and only where no code of the class can run. */
static void read_foreign_span(PyObject *span, Where *where)
{
    PyTypeObject *type = Py_TYPE(span);
    where->unread = true;
    if (type->tp_getattro != PyObject_GenericGetAttr || _PyType_Lookup(type, core.context_attr) != NULL)
        return;
    PyObject *context = _PyObject_GenericGetAttrWithDict(span, core.context_attr, NULL, 1); /* builds no exception */
    if (context == NULL)
        return;
    if (PyTuple_Check(context) && PyTuple_GET_SIZE(context) >= 4
        && big_endian(PyTuple_GET_ITEM(context, 0), where->trace, 16)
        && big_endian(PyTuple_GET_ITEM(context, 1), where->span, 8)
        && big_endian(PyTuple_GET_ITEM(context, 3), &where->flags, 1)) {
        static const uint8_t zero[16];
        where->unread = false;
        where->traced = memcmp(where->trace, zero, 16) != 0;
    }
    if (!where->traced) {
        memset(where->trace, 0, 16);
        memset(where->span, 0, 8);
        where->flags = 0;
    }
    Py_DECREF(context);
}

/* Truth of the suppression flag by value: asking an object could run its code. */
static bool is_set(PyObject *value)
{
    if (value == Py_True)
        return true;
    if (value == Py_False || value == Py_None)
        return false;
    int overflow;
    return !PyLong_CheckExact(value) || PyLong_AsLongAndOverflow(value, &overflow) != 0;
}

/* What the context says: whether the event is suppressed, and its span. */
static inline void look_around(Where *where)
{
    PyThreadState *tstate = CURRENT_TSTATE();
    PyInterpreterState *interpreter = tstate == NULL ? NULL : tstate->interp;
    if (UNLIKELY(interpreter != core.home)) {
        where->interpreter = interpreter == NULL ? UINT32_MAX : (uint32_t)PyInterpreterState_GetID(interpreter) + 1;
        return;
    }
    if (UNLIKELY(core.variable == NULL))
        return;
    if (UNLIKELY(PyContextVar_Get(core.variable, NULL, &where->context) < 0)) {
        PyErr_Clear();
        return;
    }
    if (UNLIKELY(where->context == NULL || !PyDict_Check(where->context)))
        return;
    PyObject *key, *value;
    Py_ssize_t at = 0, left = PyDict_GET_SIZE(where->context); /* not asked for what is behind the last one */
    for (; left > 0 && PyDict_Next(where->context, &at, &key, &value); left--) {
        if (LIKELY(key == core.span_key) || same_text(key, core.span_key))
            where->current = value == Py_None ? NULL : value;
        else if (same_text(key, core.suppress_key) && is_set(value))
            where->suppressed = true;
    }
}

/* Whose span it is. */
static inline void identify(Where *where)
{
    if (where->current == NULL)
        return;
    where->owner = find_owner(where->current);
    if (LIKELY(where->owner != NULL)) {
        where->flags = where->owner->flags;
        where->traced = true;
    }
    else
        read_foreign_span(where->current, where);
}

/* ---- capture: values as bytes ---------------------------------------------------------------------------------- */

typedef struct {
    uint8_t *at, *end;
} Writer;

static inline void put(Writer *w, const void *data, size_t length)
{
    memcpy(w->at, data, length);
    w->at += length;
}

static inline void put_tag(Writer *w, uint8_t tag) { *w->at++ = tag; }

static inline size_t room(const Writer *w) { return w->at < w->end ? (size_t)(w->end - w->at) : 0; }

/* Write a str as UTF-8, at most `bound` bytes, whole characters; surrogates pass. True when all of it fitted. */
static bool encode_text(PyObject *text, uint8_t *out, size_t bound, size_t *length)
{
    Py_ssize_t size = PyUnicode_GET_LENGTH(text), i = 0;
    const void *data = PyUnicode_DATA(text);
    int kind = PyUnicode_KIND(text);
    uint8_t *p = out, *end = out + bound;
    if (PyUnicode_IS_ASCII(text)) {
        *length = (size_t)size < bound ? (size_t)size : bound;
        memcpy(out, data, *length);
        return *length == (size_t)size;
    }
    for (; i < size; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        if (c < 0x80) {
            if (end - p < 1) break;
            *p++ = (uint8_t)c;
        }
        else if (c < 0x800) {
            if (end - p < 2) break;
            *p++ = (uint8_t)(0xC0 | c >> 6);
            *p++ = (uint8_t)(0x80 | (c & 0x3F));
        }
        else if (c < 0x10000) {
            if (end - p < 3) break;
            *p++ = (uint8_t)(0xE0 | c >> 12);
            *p++ = (uint8_t)(0x80 | (c >> 6 & 0x3F));
            *p++ = (uint8_t)(0x80 | (c & 0x3F));
        }
        else {
            if (end - p < 4) break;
            *p++ = (uint8_t)(0xF0 | c >> 18);
            *p++ = (uint8_t)(0x80 | (c >> 12 & 0x3F));
            *p++ = (uint8_t)(0x80 | (c >> 6 & 0x3F));
            *p++ = (uint8_t)(0x80 | (c & 0x3F));
        }
    }
    *length = (size_t)(p - out);
    return i == size;
}

static bool readable_text(PyObject *o) /* legacy strings of 3.10 and 3.11 may not be ready, and readying allocates */
{
#if PY_VERSION_HEX < 0x030C0000
    return PyUnicode_Check(o) && PyUnicode_IS_READY(o);
#else
    return PyUnicode_Check(o);
#endif
}

static void put_type_name(Writer *w, PyTypeObject *type)
{
    size_t length;
    uint8_t *bounded = w->at++;
    PyObject *own = type->tp_flags & Py_TPFLAGS_HEAPTYPE ? ((PyHeapTypeObject *)type)->ht_name : NULL;
    if (own != NULL && readable_text(own))
        encode_text(own, w->at, TYPE_MAX, &length);
    else {
        const char *dot = strrchr(type->tp_name, '.'), *name = dot == NULL ? type->tp_name : dot + 1;
        length = strlen(name) < TYPE_MAX ? strlen(name) : TYPE_MAX;
        memcpy(w->at, name, length);
    }
    *bounded = (uint8_t)length;
    w->at += length;
}

static void put_opaque(Writer *w, PyTypeObject *type)
{
    if (room(w) < TYPE_MAX + 2) {
        put_tag(w, TAG_MISSING);
        return;
    }
    put_tag(w, TAG_OPAQUE);
    put_type_name(w, type);
}

static void put_text(Writer *w, PyObject *o, size_t bound)
{
    if (room(w) < 16) {
        put_tag(w, TAG_MISSING);
        return;
    }
    if (bound > room(w) - 3)
        bound = room(w) - 3;
    size_t length;
    bool whole;
    uint8_t tag = TAG_TEXT;
    if (PyUnicode_Check(o))
        whole = encode_text(o, w->at + 3, bound, &length);
    else {
        const char *data = PyBytes_Check(o) ? PyBytes_AS_STRING(o) : PyByteArray_AS_STRING(o);
        size_t size = (size_t)Py_SIZE(o);
        length = size < bound ? size : bound;
        whole = length == size;
        memcpy(w->at + 3, data, length);
        tag = TAG_RAW;
    }
    uint16_t stored = (uint16_t)length;
    put_tag(w, (uint8_t)(tag + !whole));
    put(w, &stored, 2);
    w->at += length;
}

static void put_number(Writer *w, PyObject *o)
{
    if (room(w) < 16) {
        put_tag(w, TAG_MISSING);
        return;
    }
    if (PyFloat_Check(o)) {
        double d = PyFloat_AS_DOUBLE(o);
        put_tag(w, TAG_FLOAT);
        put(w, &d, 8);
        return;
    }
    int overflow;
    int64_t i = PyLong_AsLongLongAndOverflow(o, &overflow);
    uint8_t bytes[8];
    if (overflow == 0) {
        put_tag(w, TAG_INT);
        put(w, &i, 8);
    }
    else if (overflow > 0 && big_endian(o, bytes, 8)) { /* addresses and handles use all 64 bits */
        uint64_t u = 0;
        for (int n = 0; n < 8; n++)
            u = u << 8 | bytes[n];
        put_tag(w, TAG_UINT);
        put(w, &u, 8);
    }
    else
        put_opaque(w, Py_TYPE(o));
}

static bool put_plain(Writer *w, PyObject *o) /* None, bool, int, float */
{
    if (o == Py_None)
        put_tag(w, TAG_NONE);
    else if (PyBool_Check(o))
        put_tag(w, o == Py_True ? TAG_TRUE : TAG_FALSE);
    else if (PyLong_Check(o) || PyFloat_Check(o))
        put_number(w, o);
    else
        return false;
    return true;
}

static void put_size(Writer *w, PyObject *o)
{
    uint64_t length;
    if (PyUnicode_Check(o) && readable_text(o))
        length = (uint64_t)PyUnicode_GET_LENGTH(o);
    else if (PyBytes_Check(o) || PyByteArray_Check(o) || PyList_Check(o) || PyTuple_Check(o))
        length = (uint64_t)Py_SIZE(o);
    else if (PyDict_Check(o))
        length = (uint64_t)PyDict_GET_SIZE(o);
    else if (PyAnySet_Check(o))
        length = (uint64_t)PySet_GET_SIZE(o);
    else {
        if (o == Py_None)
            put_tag(w, TAG_NONE);
        else
            put_opaque(w, Py_TYPE(o));
        return;
    }
    if (room(w) < TYPE_MAX + 10) {
        put_tag(w, TAG_MISSING);
        return;
    }
    put_tag(w, TAG_SIZE);
    put(w, &length, 8);
    put_type_name(w, Py_TYPE(o));
}

static bool is_text(PyObject *o) { return readable_text(o) || PyBytes_Check(o) || PyByteArray_Check(o); }

/* A pathlib path keeps its pieces in a slot; reading the slot's memory runs nothing. */
static bool put_pathlib(Writer *w, PyObject *o, size_t bound)
{
    if (core.path_type == NULL || !PyType_IsSubtype(Py_TYPE(o), core.path_type))
        return false;
    PyObject *pieces = *(PyObject **)((char *)o + core.path_slot);
    if (pieces == NULL || !PyList_CheckExact(pieces) || room(w) < 32)
        return false;
    Py_ssize_t size = PyList_GET_SIZE(pieces);
    uint8_t count = (uint8_t)(size < ITEMS_MAX ? size : ITEMS_MAX);
    put_tag(w, TAG_PARTS);
    put(w, &count, 1);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *piece = PyList_GET_ITEM(pieces, i);
        if (readable_text(piece))
            put_text(w, piece, bound);
        else
            put_tag(w, TAG_MISSING);
    }
    return true;
}

static void put_item(Writer *w, PyObject *o)
{
    if (is_text(o))
        put_text(w, o, ITEM_MAX);
    else if (!put_plain(w, o) && !put_pathlib(w, o, ITEM_MAX))
        put_opaque(w, Py_TYPE(o));
}

static void put_items(Writer *w, PyObject *o)
{
    bool list = PyList_Check(o);
    uint32_t total = (uint32_t)Py_SIZE(o);
    if (room(w) < 16) {
        put_tag(w, TAG_MISSING);
        return;
    }
    put_tag(w, TAG_ITEMS);
    put(w, &total, 4);
    uint8_t *count = w->at;
    put_tag(w, 0);
    for (uint32_t i = 0; i < total && *count < ITEMS_MAX && room(w) >= TYPE_MAX + 16; i++) {
#ifdef Py_GIL_DISABLED
        PyObject *item = list ? PyList_GetItemRef(o, (Py_ssize_t)i) : Py_NewRef(PyTuple_GET_ITEM(o, i));
        if (item == NULL) { /* the list shrank */
            PyErr_Clear();
            break;
        }
        put_item(w, item);
        Py_DECREF(item);
#else
        put_item(w, list ? PyList_GET_ITEM(o, i) : PyTuple_GET_ITEM(o, i));
#endif
        ++*count;
    }
}

/* Commands of FTP, IMAP, NNTP, POP3 and SMTP: all that a record ever tells of a line, for what surrounds them may be a
 * password, alone on its line too. */
static const char VERBS[] =
    " ABOR ACCT ALLO APOP APPE ARTICLE AUTH AUTHENTICATE AUTHINFO BDAT BODY CAPA CAPABILITY CDUP CHECK"
    " CLOSE COPY CREATE CWD DATA DELE DELETE EHLO ENABLE EPRT EPSV EXAMINE EXPN EXPUNGE FEAT FETCH"
    " GROUP HEAD HELO HELP IDLE IHAVE LIST LISTGROUP LOGIN LOGOUT LSUB MAIL MDTM MKD MLSD MLST MODE"
    " MOVE NAMESPACE NEXT NLST NOOP OPTS OVER PASS PASV PBSZ PORT POST PROT PWD QUIT RCPT REIN RENAME"
    " REST RETR RMD RNFR RNTO RSET SEARCH SELECT SITE SIZE SORT STARTTLS STAT STATUS STLS STOR STORE"
    " STOU STRU SUBSCRIBE SYST THREAD TOP TYPE UID UIDL UNSUBSCRIBE USER VRFY XHDR XOVER" " ";

/* The command among the first two words of a line (IMAP's come second), in upper case; its length, or 0. */
static size_t find_verb(int kind, const void *data, Py_ssize_t size, char *verb)
{
    Py_ssize_t bound = size < LINE_MAX_READ ? size : LINE_MAX_READ, at = 0;
    for (int words = 0; words < 2; words++, at++) {
        char padded[WORD_MAX + 3] = " ";
        size_t length = 0;
        Py_UCS4 c = 0;
        for (; at < bound; at++) {
            c = PyUnicode_READ(kind, data, at);
            if (c == ' ' || c == '\r' || c == '\n')
                break;
            if (length <= WORD_MAX) /* one letter more marks a word that is too long */
                padded[++length] = c < 0x80 && Py_ISALPHA(c) ? (char)Py_TOUPPER(c) : '?';
        }
        bool ended = at < bound || bound == size;
        if (ended && length > 0 && length <= WORD_MAX) {
            padded[length + 1] = ' ';
            if (strstr(VERBS, padded) != NULL) {
                memcpy(verb, padded + 1, length);
                return length;
            }
        }
        if (at >= bound || c != ' ')
            return 0;
    }
    return 0;
}

static void put_word(Writer *w, PyObject *o)
{
    bool text = readable_text(o);
    if (!text && !PyBytes_Check(o) && !PyByteArray_Check(o)) {
        put_size(w, o);
        return;
    }
    if (room(w) < WORD_MAX + 16) {
        put_tag(w, TAG_MISSING);
        return;
    }
    Py_ssize_t size = text ? PyUnicode_GET_LENGTH(o) : Py_SIZE(o);
    const void *data = text ? PyUnicode_DATA(o) : PyBytes_Check(o) ? PyBytes_AS_STRING(o) : PyByteArray_AS_STRING(o);
    char verb[WORD_MAX];
    uint32_t total = (uint32_t)size;
    uint16_t length = (uint16_t)find_verb(text ? (int)PyUnicode_KIND(o) : (int)PyUnicode_1BYTE_KIND, data, size, verb);
    put_tag(w, TAG_ITEMS);
    put(w, &total, 4);
    put_tag(w, 1);
    put_tag(w, TAG_TEXT);
    put(w, &length, 2);
    put(w, verb, length);
}

static void put_code(Writer *w, PyObject *o)
{
    if (!PyCode_Check(o)) {
        put_opaque(w, Py_TYPE(o));
        return;
    }
    PyCodeObject *code = (PyCodeObject *)o;
    int64_t line = code->co_firstlineno;
    if (room(w) < 64) {
        put_tag(w, TAG_MISSING);
        return;
    }
    put_tag(w, TAG_CODE);
    put_text(w, code->co_filename, room(w) / 2 < TEXT_MAX ? room(w) / 2 : TEXT_MAX);
    put_text(w, code->co_name, ITEM_MAX);
    put_tag(w, TAG_INT);
    put(w, &line, 8);
}

static void put_value(Writer *w, uint8_t kind, PyObject *o)
{
    switch (kind) {
    case KIND_TEXT:
        if (is_text(o))
            put_text(w, o, TEXT_MAX);
        else if (!put_plain(w, o))
            put_opaque(w, Py_TYPE(o));
        return;
    case KIND_SIZE:
        put_size(w, o);
        return;
    case KIND_INT:
    case KIND_FLOAT:
    case KIND_BOOL:
        if (!put_plain(w, o))
            put_opaque(w, Py_TYPE(o));
        return;
    case KIND_PATH:
        if (is_text(o))
            put_text(w, o, TEXT_MAX);
        else if (!put_plain(w, o) && !put_pathlib(w, o, TEXT_MAX))
            put_opaque(w, Py_TYPE(o));
        return;
    case KIND_ADDRESS:
    case KIND_ARGV:
        if (PyTuple_Check(o) || PyList_Check(o))
            put_items(w, o);
        else if (is_text(o))
            put_text(w, o, TEXT_MAX);
        else if (!put_plain(w, o) && !put_pathlib(w, o, TEXT_MAX))
            put_opaque(w, Py_TYPE(o));
        return;
    case KIND_CODE:
        put_code(w, o);
        return;
    case KIND_TYPE:
        put_opaque(w, PyType_Check(o) ? (PyTypeObject *)o : Py_TYPE(o));
        return;
    case KIND_WORD:
        put_word(w, o);
        return;
    default: /* KIND_AUTO */
        if (readable_text(o))
            put_text(w, o, TEXT_MAX);
        else if (!put_plain(w, o))
            put_size(w, o);
    }
}

/* `other` and `message` stand for many names: the name itself travels with the record, cut between characters. */
static void put_name(Writer *w, const char *name)
{
    size_t length = strlen(name), bound = length < TEXT_MAX ? length : TEXT_MAX;
    while (bound < length && bound > 0 && ((uint8_t)name[bound] & 0xC0) == 0x80)
        bound--;
    uint16_t section[2] = {SECTION_NAME, (uint16_t)(bound + (bound < length ? sizeof CUT : 0))};
    put(w, section, sizeof section);
    put(w, name, bound);
    if (bound < length)
        put(w, CUT, sizeof CUT);
}

/* ---- capture: all values of an event, and their hash ----------------------------------------------------------- */

#define KIND_BIT(kind) (1u << (kind))
/* Of which kinds an exact str, and None, a bool or a number, are written as they are. */
#define TEXT_KINDS \
    (KIND_BIT(KIND_TEXT) | KIND_BIT(KIND_PATH) | KIND_BIT(KIND_ADDRESS) | KIND_BIT(KIND_ARGV) | KIND_BIT(KIND_AUTO))
#define PLAIN_KINDS (TEXT_KINDS | KIND_BIT(KIND_INT) | KIND_BIT(KIND_FLOAT) | KIND_BIT(KIND_BOOL))

static inline uint64_t hash_tag(uint64_t hash, uint8_t tag, size_t length)
{
    return fold(hash ^ ((uint64_t)length << 8 | tag), hash_key);
}

static inline uint64_t hash_int(uint64_t hash, uint64_t value) { return fold(value ^ hash_key, hash ^ TAG_INT); }

/* Of a value as it was written: the same as the quick ways of put_hashed() make of it. */
static APART uint64_t hash_value(const uint8_t *value, const uint8_t *end, uint64_t hash)
{
    size_t length = (size_t)(end - value);
    uint8_t unused[TEXT_MAX];
    if (*value == TAG_TEXT)
        return hash_copied(unused, value + 3, length - 3, hash_tag(hash, TAG_TEXT, length - 3));
    if (*value == TAG_INT)
        return hash_int(hash, load64(value + 1));
    return length == 1 ? hash_tag(hash, *value, 0) : hash_bytes(value, length, hash);
}

/* An int of one digit; what it is then. */
static inline bool small_int(PyObject *o, int64_t *value)
{
#if PY_VERSION_HEX >= 0x030C0000
    if (!PyUnstable_Long_IsCompact((PyLongObject *)o))
        return false;
    *value = PyUnstable_Long_CompactValue((PyLongObject *)o);
#else
    Py_ssize_t size = Py_SIZE(o);
    if (size < -1 || size > 1)
        return false;
    *value = size == 0 ? 0 : size * (int64_t)((PyLongObject *)o)->ob_digit[0];
#endif
    return true;
}

/* Write a value and hash it. The commonest ones here, in one go; what is written is what put_value() would write. */
static inline uint64_t put_hashed(Writer *w, uint8_t kind, PyObject *o, uint64_t hash)
{
    PyTypeObject *type = Py_TYPE(o);
    int64_t number;
    if (type == &PyUnicode_Type && (TEXT_KINDS >> kind & 1) && PyUnicode_IS_COMPACT_ASCII(o)) {
        size_t length = (size_t)((PyASCIIObject *)o)->length;
        if (LIKELY(length <= TEXT_MAX && w->at + length + 16 <= w->end)) {
            uint8_t *at = w->at;
            uint16_t stored = (uint16_t)length;
            at[0] = TAG_TEXT;
            memcpy(at + 1, &stored, 2);
            w->at = at + 3 + length;
            return hash_copied(at + 3, (const uint8_t *)((PyASCIIObject *)o + 1), length,
                               hash_tag(hash, TAG_TEXT, length));
        }
    }
    else if (type == &PyLong_Type && (PLAIN_KINDS >> kind & 1) && small_int(o, &number)
             && w->at + 16 <= w->end) {
        w->at[0] = TAG_INT;
        store64(w->at + 1, (uint64_t)number);
        w->at += 9;
        return hash_int(hash, (uint64_t)number);
    }
    uint8_t *value = w->at;
    put_value(w, kind, o);
    return hash_value(value, w->at, hash);
}

/* Write the values and the name, not padded yet: what is compared, before finish() adds what the span knows. Returns
 * the values' hash. */
static inline uint64_t capture(Thread *t, const Entry *e, const char *name, PyObject *args)
{
    Header *h = &t->scratch.header;
    Writer w = {t->values, t->values + VALUES_MAX};
    uint64_t hash = hash_seed ^ ((uint64_t)e->id << 32);
    Py_ssize_t given = PyTuple_Check(args) ? PyTuple_GET_SIZE(args) : 0;
    uint32_t kinds = e->kinds, values = 0;
    for (uint32_t i = 0; i < kinds; i++) {
        uint8_t kind = e->kind[i];
        if (kind == KIND_SKIP)
            continue;
        if (LIKELY((Py_ssize_t)i < given))
            hash = put_hashed(&w, kind, PyTuple_GET_ITEM(args, i), hash);
        else if (kind == KIND_AUTO)
            break; /* nobody named it, nobody misses it */
        else {
            put_tag(&w, TAG_MISSING);
            hash = hash_tag(hash, TAG_MISSING, 0);
        }
        values++;
    }
    h->values = (uint8_t)values;
    h->argc = (uint8_t)(given < 255 ? given : 255);
    h->values_length = (uint32_t)(w.at - t->values);
    h->sections = 0;
    if (UNLIKELY(e->id <= MESSAGE_ID)) {
        put_name(&w, name);
        h->sections = 1;
        hash = hash_bytes(name, strlen(name), hash); /* whole, though the record may hold its beginning only */
    }
    h->word = (uint32_t)(w.at - t->scratch.bytes);
    return hash;
}

/* threading's own table of running threads gives the name; looked up once per thread and window, so that a renamed
 * thread shows its new name, and never through code of a subclass. */
static void learn_thread_name(Thread *t)
{
    if (core.threads == NULL)
        return;
    PyObject *key = PyLong_FromUnsignedLongLong(t->ident);
    if (key == NULL) {
        PyErr_Clear();
        return;
    }
    PyObject *thread = PyDict_GetItemWithError(core.threads, key), *name = NULL;
    Py_DECREF(key);
    if (thread != NULL && Py_TYPE(thread)->tp_getattro == PyObject_GenericGetAttr
        && _PyType_Lookup(Py_TYPE(thread), core.thread_name_attr) == NULL)
        name = _PyObject_GenericGetAttrWithDict(thread, core.thread_name_attr, NULL, 1);
    else if (thread == NULL)
        PyErr_Clear();
    if (name != NULL && readable_text(name)) {
        size_t length;
        encode_text(name, t->scratch.bytes + sizeof(Header), THREAD_NAME_MAX, &length);
        t->scratch.header.name_length = (uint8_t)length;
        t->values = t->scratch.bytes + sizeof(Header) + length;
    }
    Py_XDECREF(name);
}

#endif
