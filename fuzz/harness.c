/* libFuzzer on the C core: an executable that embeds CPython and has core and encoder compiled in, under AddressSanitizer and
 * UndefinedBehaviorSanitizer. The target is fuzz/embedded.py; here is what Python cannot say: the hook called as C code
 * calls it, and what the core keeps of a configuration that was replaced, freed (a process has one configuration, so
 * the core never does; a fuzzer has millions).
 *
 * FUZZ_PYTHON names the interpreter whose packages are used.
 */
#include "../src/otel_audit/capture/_core.c"

PyMODINIT_FUNC PyInit__encode(void); /* a compilation unit of its own: names may be there twice */
static PyObject *target;

/* ---- module fuzz_harness ------------------------------------------------------------------------------------------ */

static PyObject *raw(PyObject *module, PyObject *args)
{
    (void)module;
    const char *name;
    PyObject *arguments;
    if (!PyArg_ParseTuple(args, "yO", &name, &arguments))
        return NULL;
    void *generation = (void *)(uintptr_t)atomic_load(&core.generation);
    Py_ssize_t references = Py_REFCNT(arguments);
    if (hook(name, arguments, generation) != 0 || PyErr_Occurred())
        return PyErr_Format(PyExc_AssertionError, "the hook answered, or left an error");
    if (Py_REFCNT(arguments) != references)
        return PyErr_Format(PyExc_AssertionError, "the hook kept or dropped a reference");
    Py_RETURN_NONE;
}

static void free_globs(Glob *globs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        PyMem_RawFree(globs[i].glob);
    PyMem_RawFree(globs);
}

static PyObject *release(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    Table *table = atomic_exchange(&core.table, NULL);
    PyMem_RawFree(atomic_exchange(&core.ring, NULL));
    PyMem_RawFree(atomic_exchange(&core.guests, NULL));
    if (table == NULL)
        Py_RETURN_NONE;
    atomic_store(&core.mode, MODE_OFF);
    for (size_t i = 0; i < TABLE_SLOTS; i++) { /* the nonce's entry has no id of its own */
        Entry *e = atomic_load(&table->slot[i]);
        if (e != NULL && e->nonce)
            free_entry(e);
    }
    for (size_t id = 0; id < MAX_EVENTS; id++)
        if (atomic_load(&table->by_id[id]) != NULL)
            free_entry(atomic_load(&table->by_id[id]));
    free_globs(table->include, table->includes);
    free_globs(table->exclude, table->excludes);
    free_globs(table->sampling, table->samplings);
    PyMem_RawFree(table);
    Py_RETURN_NONE;
}

static PyMethodDef harness_methods[] = {
    {"raw", raw, METH_VARARGS, "raw(name, arguments): call the hook."},
    {"release", release, METH_NOARGS, "release(): free the table and the ring."},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef harness_def = {PyModuleDef_HEAD_INIT, "fuzz_harness", NULL, -1, harness_methods, NULL, NULL,
                                         NULL, NULL};
static PyObject *init_harness(void) { return PyModule_Create(&harness_def); }

/* ---- libFuzzer ---------------------------------------------------------------------------------------------------- */

/* Leaks: the interpreter keeps memory at exit. Freed memory is held back a little only: growth must show. */
const char *__asan_default_options(void)
{
    return "detect_leaks=0:quarantine_size_mb=16:allocator_may_return_null=1:handle_abort=1:detect_stack_use_after_return=0";
}
const char *__ubsan_default_options(void) { return "print_stacktrace=1:halt_on_error=1"; }

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "harness: %s\n", what);
    if (PyErr_Occurred())
        PyErr_Print();
    fflush(NULL);
    abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    const char *python = getenv("FUZZ_PYTHON");
    must(python != NULL, "FUZZ_PYTHON is not set");
    must(PyImport_AppendInittab("_core", PyInit__core) == 0 && PyImport_AppendInittab("_encode", PyInit__encode) == 0
             && PyImport_AppendInittab("fuzz_harness", init_harness) == 0,
         "no room for built-in modules");
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0;
    PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, python);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    must(!PyStatus_Exception(status), "the interpreter does not start");
    PyObject *module = PyImport_ImportModule("fuzz.embedded");
    target = module == NULL ? NULL : PyObject_GetAttrString(module, "play");
    must(target != NULL, "fuzz.embedded cannot be imported");
    Py_DECREF(module);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PyObject *result = PyObject_CallFunction(target, "y#", (const char *)data, (Py_ssize_t)size);
    must(result != NULL, "this input breaks a law");
    Py_DECREF(result);
    return 0;
}
