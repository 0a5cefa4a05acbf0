/* What the small modules have in common: their slots and, of those that keep little but references, how these are handed
 * over, visited and dropped. A module with `REFERENCES` has that many at the beginning of its state. */
#ifndef OTEL_AUDIT_MODULE_H
#define OTEL_AUDIT_MODULE_H
#include <Python.h>

#ifdef Py_mod_multiple_interpreters
#define INTERPRETERS_SLOT {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#else
#define INTERPRETERS_SLOT
#endif
#ifdef Py_mod_gil
#define GIL_SLOT {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#else
#define GIL_SLOT
#endif
/* The last ones: interpreters may each have a GIL of their own, or none. */
#define LAST_SLOTS INTERPRETERS_SLOT GIL_SLOT {0, NULL}

#ifdef REFERENCES

/* Whether it makes named tuples, or other tuples. */
static inline int is_tuple_class(PyObject *object)
{
    return PyType_Check(object) && PyType_IsSubtype((PyTypeObject *)object, &PyTuple_Type);
}

/* Keep what a caller of bind hands over, for good; None. */
static PyObject *keep(PyObject **places[], Py_ssize_t number, PyObject *const *given)
{
    for (Py_ssize_t i = 0; i < number; i++) {
        Py_INCREF(given[i]);
        Py_XSETREF(*places[i], given[i]);
    }
    Py_RETURN_NONE;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    PyObject **held = PyModule_GetState(module);
    for (size_t i = 0; i < REFERENCES; i++)
        Py_VISIT(held[i]);
    return 0;
}

static int module_clear(PyObject *module)
{
    PyObject **held = PyModule_GetState(module);
    for (size_t i = 0; i < REFERENCES; i++)
        Py_CLEAR(held[i]);
    return 0;
}

static void module_free(void *module) { (void)module_clear(module); }

#endif
#endif
