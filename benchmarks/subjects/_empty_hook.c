/* The floor: an audit hook that does nothing. */
#include <Python.h>

static int empty(const char *event, PyObject *args, void *data)
{
    (void)event, (void)args, (void)data;
    return 0;
}

static PyObject *install(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    if (PySys_AddAuditHook(empty, NULL) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"install", install, METH_NOARGS, "Install the empty hook."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_empty_hook", NULL, 0, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit__empty_hook(void) { return PyModule_Create(&module); }
