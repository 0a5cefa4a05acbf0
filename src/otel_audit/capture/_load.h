/* What the runtime hands in, checked and made fit for the hook: a plan, and what tells of event loops. */
#ifndef OTEL_AUDIT_LOAD_H
#define OTEL_AUDIT_LOAD_H
#include "_hook.h"
#if PY_VERSION_HEX < 0x030C0000
#include <structmember.h>
#endif

static const char ARMED[] = "otel_audit.armed";

/* ---- a plan ---------------------------------------------------------------------------------------------------- */

static int parse_kinds(PyObject *bytes, uint8_t *kind, uint8_t *kinds)
{
    if (!PyBytes_Check(bytes) || PyBytes_GET_SIZE(bytes) > MAX_KINDS) {
        PyErr_SetString(PyExc_ValueError, "kinds: expected at most 16 values of model.Kind");
        return -1;
    }
    *kinds = (uint8_t)PyBytes_GET_SIZE(bytes);
    memcpy(kind, PyBytes_AS_STRING(bytes), *kinds);
    for (uint8_t i = 0; i < *kinds; i++)
        if (kind[i] >= KINDS) {
            PyErr_SetString(PyExc_ValueError, "kinds: expected at most 16 values of model.Kind");
            return -1;
        }
    return 0;
}

static int parse_rule(int rule, double value)
{
    if (rule < RULE_ALL || rule > RULE_IN_TRACE || ((rule == RULE_RATIO || rule == RULE_RATE) && !(value > 0.0))) {
        PyErr_SetString(PyExc_ValueError, "rule: expected a model.RuleKind and a positive value");
        return -1;
    }
    return 0;
}

/* (name, selected, kinds, rule kind, rule value, blocking=False, location=0.0, loop location=0.0) */
static Entry *parse_event(PyObject *row, bool always)
{
    const char *name;
    Py_ssize_t length;
    PyObject *kinds;
    int selected, rule, blocking = 0;
    double value, location = 0.0, loop_location = 0.0;
    uint8_t kind[MAX_KINDS], count;
    if (!PyArg_ParseTuple(row, "s#pOid|pdd", &name, &length, &selected, &kinds, &rule, &value, &blocking, &location,
                          &loop_location)
        || parse_rule(rule, value) < 0 || parse_kinds(kinds, kind, &count) < 0)
        return NULL;
    Entry *e = make_entry(name, (size_t)length, selected || always, (uint8_t)rule, value);
    if (e == NULL)
        return (Entry *)PyErr_NoMemory();
    memcpy(e->kind, kind, count);
    e->kinds = count;
    e->blocking = blocking != 0;
    e->location = chance_bound(location);
    e->loop_location = chance_bound(loop_location);
    e->looks = e->blocking || e->location != 0;
    return e;
}

static int add_event(Table *table, PyObject *row, uint32_t id)
{
    Entry *e = parse_event(row, id == OTHER_ID); /* `other` is reached by names that are selected */
    if (e == NULL)
        return -1;
    e->id = id;
    atomic_store(&table->by_id[id], e);
    if (id == OTHER_ID) /* this one and the next are reached by other names, never by their own */
        table->other = e;
    else if (id == MESSAGE_ID)
        table->message = e;
    else if (publish(table, e) != e) {
        PyErr_Format(PyExc_ValueError, "event %s is named twice", e->name);
        return -1;
    }
    return 0;
}

static Glob *parse_globs(PyObject *rows, size_t *count) /* of (glob, rule, value) */
{
    Py_ssize_t size = PyTuple_Check(rows) ? PyTuple_GET_SIZE(rows) : 0;
    Glob *globs = PyMem_RawCalloc((size_t)size + 1, sizeof(Glob));
    if (globs == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        const char *glob;
        int rule;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(rows, i), "sid", &glob, &rule, &globs[i].value)
            || parse_rule(rule, globs[i].value) < 0)
            return NULL;
        globs[i].rule = (uint8_t)rule;
        globs[i].glob = PyMem_RawMalloc(strlen(glob) + 1);
        if (globs[i].glob == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        strcpy(globs[i].glob, glob);
    }
    *count = (size_t)size;
    return globs;
}

static int parse_unknown(Table *table, PyObject *unknown)
{
    PyObject *include, *exclude, *sampling, *kinds, *located;
    int selected, rule;
    if (!PyArg_ParseTuple(unknown, "pOOOidOOd", &selected, &include, &exclude, &sampling, &rule, &table->unknown_value,
                          &kinds, &located, &table->unknown_location)
        || parse_rule(rule, table->unknown_value) < 0 || parse_kinds(kinds, table->custom_kind, &table->custom_kinds) < 0)
        return -1;
    table->unknown_selected = (uint8_t)selected;
    table->unknown_rule = (uint8_t)rule;
    table->include = parse_globs(include, &table->includes);
    table->exclude = table->include ? parse_globs(exclude, &table->excludes) : NULL;
    table->sampling = table->exclude ? parse_globs(sampling, &table->samplings) : NULL;
    table->located = table->sampling ? parse_globs(located, &table->locateds) : NULL;
    return table->located == NULL ? -1 : 0;
}

static int parse_prefix(PyObject *row, Prefix *prefix) /* (text, whose) */
{
    PyObject *text;
    int whose;
    if (!PyArg_ParseTuple(row, "Ui", &text, &whose))
        return -1;
    if (whose < 0 || whose >= CODES) {
        PyErr_SetString(PyExc_ValueError, "code: expected values of application.Code");
        return -1;
    }
    prefix->whose = (uint8_t)whose;
    prefix->length = (uint32_t)PyUnicode_GET_LENGTH(text);
    prefix->wide = PyMem_RawCalloc((size_t)prefix->length + 1, sizeof(Py_UCS4));
    bool narrow = PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND;
    prefix->narrow = narrow ? PyMem_RawMalloc((size_t)prefix->length + 1) : NULL;
    if (prefix->wide == NULL || (narrow && prefix->narrow == NULL)) {
        PyErr_NoMemory();
        return -1;
    }
    for (uint32_t i = 0; i < prefix->length; i++)
        prefix->wide[i] = PyUnicode_READ_CHAR(text, i);
    if (narrow)
        memcpy(prefix->narrow, PyUnicode_1BYTE_DATA(text), prefix->length);
    if (narrow && prefix->length >= 8)
        prefix->last = load64(prefix->narrow + prefix->length - 8);
    return 0;
}

static int parse_code(Table *table, PyObject *rows) /* of (prefix of a file name, application.Code) */
{
    Py_ssize_t size = PyTuple_Check(rows) ? PyTuple_GET_SIZE(rows) : 0;
    table->prefix = PyMem_RawCalloc((size_t)size + 1, sizeof(Prefix));
    if (table->prefix == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < size; i++)
        if (parse_prefix(PyTuple_GET_ITEM(rows, i), &table->prefix[i]) < 0)
            return -1;
    table->prefixes = (size_t)size;
    return 0;
}

/* Built whole, then published. A replaced table is not freed: a hook may be reading it. */
static Table *make_table(PyObject *events, PyObject *unknown, PyObject *code)
{
    Py_ssize_t size = PyTuple_Check(events) ? PyTuple_GET_SIZE(events) : 0;
    if (size <= MESSAGE_ID || size > MAX_EVENTS - MAX_INTERNED) {
        PyErr_Format(PyExc_ValueError, "events: expected a tuple of 2 to %d", MAX_EVENTS - MAX_INTERNED);
        return NULL;
    }
    Table *table = PyMem_RawCalloc(1, sizeof(Table));
    if (table == NULL)
        return (Table *)PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < size; i++)
        if (add_event(table, PyTuple_GET_ITEM(events, i), (uint32_t)i) < 0)
            return NULL;
    atomic_store(&table->ids, (uint32_t)size);
    atomic_store(&table->named, (uint32_t)size);
    Entry *armed = make_entry(ARMED, sizeof ARMED - 1, 1, RULE_ALL, 0.0);
    if (armed == NULL)
        return (Table *)PyErr_NoMemory();
    armed->nonce = 1;
    publish(table, armed);
    return parse_unknown(table, unknown) < 0 || parse_code(table, code) < 0 ? NULL : table;
}

/* ---- asyncio and sockets --------------------------------------------------------------------------------------- */

/* A C function of this module, to be called without anything in between; NULL when it is something else. */
static PyCFunction plain_function(PyObject *module, const char *name, int flags)
{
    PyObject *found = PyObject_GetAttrString(module, name); /* strong for good: the module may change */
    if (found != NULL && PyCFunction_CheckExact(found) && PyCFunction_GET_SELF(found) == module
        && PyCFunction_GET_FLAGS(found) == flags)
        return PyCFunction_GET_FUNCTION(found);
    Py_XDECREF(found);
    PyErr_Clear();
    return NULL;
}

static PyCFunction plain_method(PyTypeObject *type, const char *name)
{
    PyObject *found = type == NULL ? NULL : PyDict_GetItemString(type->tp_dict, name);
    if (found == NULL || !Py_IS_TYPE(found, &PyMethodDescr_Type))
        return NULL;
    PyMethodDef *method = ((PyMethodDescrObject *)found)->d_method;
    return method->ml_flags == METH_NOARGS ? method->ml_meth : NULL;
}

static PyTypeObject *type_named(PyObject *module, const char *name) /* strong */
{
    PyObject *found = PyObject_GetAttrString(module, name);
    if (found != NULL && PyType_Check(found))
        return (PyTypeObject *)found;
    Py_XDECREF(found);
    PyErr_Clear();
    return NULL;
}

static void find_task(Asyncio *asyncio)
{
    asyncio->task_type = type_named(asyncio->module, "Task");
    asyncio->get_name = plain_method(asyncio->task_type, "get_name");
    if (asyncio->get_name == NULL)
        return;
#if PY_VERSION_HEX >= 0x030E0000
    asyncio->current_task = (_PyCFunctionFastWithKeywords)(void (*)(void))plain_function(
        asyncio->module, "current_task", METH_FASTCALL | METH_KEYWORDS);
#elif !defined(Py_GIL_DISABLED) /* elsewhere it would have to be locked */
    PyObject *current = PyObject_GetAttrString(asyncio->module, "_current_tasks");
    if (current != NULL && PyDict_CheckExact(current))
        asyncio->current_tasks = current;
#endif
    PyErr_Clear();
}

static void find_socket(Asyncio *asyncio, PyObject *module)
{
    PyTypeObject *type = type_named(module, "socket");
    PyObject *kind = type == NULL ? NULL : PyDict_GetItemString(type->tp_dict, "type");
    PyObject *datagram = PyObject_GetAttrString(module, "SOCK_DGRAM");
    asyncio->get_timeout = plain_method(type, "gettimeout");
    if (asyncio->get_timeout != NULL && kind != NULL && Py_IS_TYPE(kind, &PyMemberDescr_Type) && datagram != NULL) {
        asyncio->kind_offset = ((PyMemberDescrObject *)kind)->d_member->offset;
        asyncio->datagram = (int)PyLong_AsLong(datagram);
        asyncio->socket_type = type;
    }
    PyErr_Clear();
}

static Asyncio *make_asyncio(PyObject *module, PyObject *socket)
{
    PyCFunction get_running_loop = plain_function(module, "_get_running_loop", METH_NOARGS);
    Asyncio *made = get_running_loop == NULL ? NULL : PyMem_RawCalloc(1, sizeof(Asyncio));
    PyObject *key = made == NULL ? NULL : PyUnicode_InternFromString("__asyncio_running_event_loop__");
    if (key == NULL) {
        PyMem_RawFree(made);
        PyErr_Clear();
        return NULL;
    }
    made->module = Py_NewRef(module);
    made->key = key;
    made->get_running_loop = get_running_loop;
    find_task(made);
    if (socket != Py_None)
        find_socket(made, socket);
    return made;
}

#endif
