/* What callgrind is asked from inside. Under another tool, or none, these do nothing. */
#include <Python.h>
#include <valgrind/callgrind.h>

static PyObject *start(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    CALLGRIND_START_INSTRUMENTATION;
    Py_RETURN_NONE;
}

static PyObject *dump(PyObject *module, PyObject *label)
{
    (void)module;
    const char *text = PyUnicode_AsUTF8(label);
    if (text == NULL)
        return NULL;
    CALLGRIND_DUMP_STATS_AT(text);
    Py_RETURN_NONE;
}

/* Calls it while instructions are counted. The count starts and ends here, in C: what is around it is the same always. */
static PyObject *count(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs < 1) {
        PyErr_SetString(PyExc_TypeError, "count: expected a callable and its arguments");
        return NULL;
    }
    CALLGRIND_TOGGLE_COLLECT;
    PyObject *result = PyObject_Vectorcall(args[0], args + 1, nargs - 1, NULL);
    CALLGRIND_TOGGLE_COLLECT;
    return result;
}

static PyMethodDef methods[] = {
    {"start", start, METH_NOARGS, "Instrument from here on; before it the program runs faster."},
    {"dump", dump, METH_O, "Write what was counted since the last dump under this label."},
    {"count", (PyCFunction)(void (*)(void))count, METH_FASTCALL, "count(call, *arguments): its result."},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_callgrind", NULL, 0, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit__callgrind(void) { return PyModule_Create(&module); }
