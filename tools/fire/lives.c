/* One interpreter after the other in one process, each with a program of its own: the core's counters outlive them. */
#include <Python.h>

int main(int argc, char **argv)
{
    for (int life = 1; life < argc; life++) {
        Py_Initialize();
        if (PyRun_SimpleString(argv[life]) != 0)
            return 1;
        if (Py_FinalizeEx() != 0)
            return 2;
    }
    return 0;
}
