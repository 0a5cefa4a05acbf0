/* A program with Python in it: starts and ends the interpreter some times, and runs a file each time.
 *
 *     embedded PYTHON FILE ROUNDS ARGUMENTS...
 *
 * PYTHON says which installation or virtual environment to look like. */
#include <Python.h>
#include <stdio.h>

static int play(char **argv, int round)
{
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0; /* they are the program's */
    config.parse_argv = 0;
    PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, argv[1]);
    for (int i = 2; argv[i] != NULL && !PyStatus_Exception(status); i++) {
        wchar_t *text = Py_DecodeLocale(argv[i], NULL);
        status = PyWideStringList_Append(&config.argv, text);
        PyMem_RawFree(text);
    }
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status)) {
        fprintf(stderr, "embedded: %s\n", status.err_msg);
        return 3;
    }
    FILE *file = fopen(argv[2], "r");
    int failed = file == NULL || PyRun_SimpleFileEx(file, argv[2], 1) != 0;
    int ended = Py_FinalizeEx();
    printf("round %d: %s, finalized with %d\n", round, failed ? "failed" : "ran", ended);
    fflush(stdout);
    return failed || ended != 0;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    int rounds = atoi(argv[3]);
    for (int round = 1; round <= rounds; round++) {
        int code = play(argv, round);
        if (code != 0)
            return code;
    }
    return 0;
}
