/* An audit hook in C as security tools have them. Built by the test that needs it. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>
#include <time.h>

static int hook(const char *event, PyObject *arguments, void *what)
{
    (void)arguments;
    if (strcmp(what, "slow") == 0 && strcmp(event, "tools.work") == 0) {
        const struct timespec pause = {0, 2000000};
        nanosleep(&pause, NULL);
    }
    if (strcmp(what, "veto") == 0 && strcmp(event, "tools.refused") == 0) {
        PyErr_SetString(PyExc_PermissionError, "not here");
        return -1;
    }
    if (strcmp(what, "raise") == 0 && strcmp(event, "tools.refused") == 0) {
        PyErr_SetString(PyExc_ArithmeticError, "a fault of the hook's own");
        return -1;
    }
    if (strcmp(what, "alone") == 0 && strcmp(event, "sys.addaudithook") == 0) {
        PyErr_SetString(PyExc_RuntimeError, "no other hooks here");
        return -1;
    }
    return 0;
}

/* 0 when the hook is there; it keeps a copy of `what`, for ever as hooks do. */
int add_hook(const char *what)
{
    char *copy = strdup(what);
    return copy == NULL ? -1 : PySys_AddAuditHook(hook, copy);
}
