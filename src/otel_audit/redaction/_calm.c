/* Tells of a record's attributes, in one pass over them, that none can hold a secret: most hold none.
 *
 * It may say less than glance.py and suspicion.py, never more: whatever is not certain is left to them. Here stands how
 * everything begins that `suspicion.BEGINNINGS` looks for; what must follow is looked at as far as that is cheap. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

enum { FREQUENT_LENGTH = 32, OPTION_LIMIT = 128, MARKS = 256 };

typedef struct {
    PyObject *notable;   /* names of programs behind which a secret may stand, and words that set one: a frozenset */
    PyObject *beginnings; /* of names of such programs: a tuple of str */
    PyObject *endings;   /* of file names of programs: a tuple of str */
    PyObject *announces; /* whether an option, or a word behind a slash, announces a secret: (str) -> bool */
} State;

#define REFERENCES (sizeof(State) / sizeof(PyObject *))
#include "../_module.h"

typedef struct {
    const uint8_t *text;
    Py_ssize_t size;
} Text;

/* ---- one text -------------------------------------------------------------------------------------------------- */

enum { FREE, SUSPICIOUS, LOOK, LOOK_LONG };

/* LOOK_LONG: where the text has FREQUENT_LENGTH at least. Bytes past ASCII begin nothing. */
static const uint8_t MEANING[MARKS] = {
    ['='] = SUSPICIOUS, ['@'] = SUSPICIOUS, [' '] = SUSPICIOUS, ['\t'] = SUSPICIOUS, ['\n'] = SUSPICIOUS,
    ['\r'] = SUSPICIOUS, ['<'] = SUSPICIOUS, [':'] = SUSPICIOUS, ['%'] = SUSPICIOUS, ['\\'] = SUSPICIOUS,
    ['"'] = SUSPICIOUS, ['\''] = SUSPICIOUS,
    ['_'] = LOOK, ['-'] = LOOK, ['v'] = LOOK, ['G'] = LOOK, ['9'] = LOOK, ['A'] = LOOK, ['E'] = LOOK, ['L'] = LOOK,
    ['S'] = LOOK, ['J'] = LOOK, ['M'] = LOOK, ['N'] = LOOK, ['O'] = LOOK, ['~'] = LOOK,
    ['d'] = LOOK_LONG, ['1'] = LOOK_LONG, ['c'] = LOOK_LONG, ['o'] = LOOK_LONG,
};

/* The character there, or NUL before the beginning and behind the end. */
static uint8_t at(const Text *text, Py_ssize_t place)
{
    return place >= 0 && place < text->size ? text->text[place] : 0;
}

static int is_in_token(uint8_t letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '_' || letter == '-';
}

/* Whether at least `number` characters of a token begin there. */
static int is_token(const Text *text, Py_ssize_t place, int number)
{
    for (int i = 0; i < number; i++)
        if (!is_in_token(at(text, place + i)))
            return 0;
    return 1;
}

static int is_one_of(uint8_t letter, const char *letters) { return letter != 0 && strchr(letters, letter) != NULL; }

/* Whether what begins there may be of the shape of a token; `LEAD_PARTS` and `frequent` of token_shapes.py. */
static int may_be_token(const Text *text, Py_ssize_t i)
{
    uint8_t next = at(text, i + 1), third = at(text, i + 2);
    switch (text->text[i]) {
    case '_': return is_token(text, i + 1, 16);
    case '-':
        return (next == 'u' && third == 's') || (next == 'S' && third == 'E') ||
               (is_token(text, i + 1, 10) && (at(text, i - 4) | 0x20) == 'x') || is_token(text, i + 1, 16);
    case 'v': return third == '.' && is_one_of(next, "sbr1");
    case 'G': return is_one_of(next, ".R");
    case '9': return next == '.' && at(text, i - 1) == '2';
    case 'A': return is_one_of(next, "KSBC3IPTQ");
    case 'E': return next == 'Z' || (next == 'A' && third == 'A');
    case 'L': return next == 'T';
    case 'S': return next == 'K';
    case 'J': return at(text, i - 1) == 'y';
    case 'M': case 'N': case 'O': return is_token(text, i + 1, 23);
    case '~': return at(text, i - 1) == 'Q';
    case 'd': return next == 'p' ? third == '.' : next == 'a' && third == 'p';
    case '1': return next == '/' && third == '/';
    case 'c': return next == 'i' && third == 'o';
    case 'o': return next == 'y' && third == '2';
    default: return 1;
    }
}

/* Whether no mask can find anything in a str of ASCII and Latin-1. */
static int is_calm(const Text *text)
{
    for (Py_ssize_t i = 0; i < text->size; i++) {
        uint8_t meaning = MEANING[text->text[i]];
        if (meaning == FREE || (meaning == LOOK_LONG && text->size < FREQUENT_LENGTH))
            continue;
        if (meaning == SUSPICIOUS || may_be_token(text, i))
            return 0;
    }
    return 1;
}

/* The characters of a str; false where they take more than a byte each. */
static int characters(PyObject *value, Text *text)
{
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(value) < 0) {
        PyErr_Clear();
        return 0;
    }
#endif
    if (PyUnicode_KIND(value) != PyUnicode_1BYTE_KIND)
        return 0;
    text->text = PyUnicode_1BYTE_DATA(value);
    text->size = PyUnicode_GET_LENGTH(value);
    return 1;
}

/* ---- the words of a command ------------------------------------------------------------------------------------ */

static int ends_or_begins(const Text *name, PyObject *all, int ending)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(all); i++) {
        Text part;
        if (!characters(PyTuple_GET_ITEM(all, i), &part))
            return 1;
        if (part.size <= name->size &&
            memcmp(name->text + (ending ? name->size - part.size : 0), part.text, (size_t)part.size) == 0)
            return 1;
    }
    return 0;
}

/* Whether a word names a program, by its path or by itself, or sets something; -1 with an error set. */
static int is_notable(const State *state, const Text *word)
{
    Py_ssize_t from = word->size;
    while (from > 0 && word->text[from - 1] != '/')
        from--;
    Text name = {word->text + from, word->size - from};
    uint8_t lowered[OPTION_LIMIT];
    if (name.size > OPTION_LIMIT)
        return 1;
    for (Py_ssize_t i = 0; i < name.size; i++) {
        uint8_t letter = name.text[i];
        if (letter > 0x7F)
            return 1;
        lowered[i] = letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter;
    }
    name.text = lowered;
    if (ends_or_begins(&name, state->endings, 1) || ends_or_begins(&name, state->beginnings, 0))
        return 1;
    PyObject *key = PyUnicode_DecodeASCII((const char *)lowered, name.size, NULL);
    if (key == NULL)
        return -1;
    int found = PySet_Contains(state->notable, key);
    Py_DECREF(key);
    return found;
}

/* Whether the word, an option or behind a slash, announces a secret; -1 with an error set. */
static int announces(const State *state, PyObject *word, const Text *text)
{
    if (text->size == 0 || (text->text[0] != '-' && text->text[0] != '/'))
        return 0;
    if (text->text[0] == '/' && memchr(text->text + 1, '/', (size_t)text->size - 1) != NULL)
        return 0;
    if (text->size > OPTION_LIMIT)
        return 1;
    PyObject *said = PyObject_CallOneArg(state->announces, word);
    int found = said == NULL ? -1 : PyObject_IsTrue(said);
    Py_XDECREF(said);
    return found;
}

static int are_calm(const State *state, PyObject *words)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(words); i++) {
        PyObject *word = PyList_GET_ITEM(words, i);
        Text text;
        if (!PyUnicode_CheckExact(word) || !characters(word, &text) || !is_calm(&text))
            return 0;
        Py_INCREF(word); /* what is asked may be Python */
        int found = is_notable(state, &text);
        if (found == 0)
            found = announces(state, word, &text);
        Py_DECREF(word);
        if (found != 0)
            return found < 0 ? -1 : 0;
    }
    return 1;
}

/* ---- all attributes -------------------------------------------------------------------------------------------- */

/* 1: certainly calm; 0: perhaps not; -1 with an error set. */
static int is_calm_value(const State *state, PyObject *value, PyObject *key, PyObject *keys)
{
    if (PyLong_Check(value) || PyFloat_CheckExact(value))
        return 1;
    int list = PyList_CheckExact(value);
    if (!list && !PyUnicode_CheckExact(value))
        return 0;
    int known = PySet_Contains(keys, key);
    if (known <= 0)
        return known;
    Text text;
    return list ? are_calm(state, value) : characters(value, &text) && is_calm(&text);
}

static PyObject *calm(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    const State *state = PyModule_GetState(module);
    if (nargs != 2 || !PyDict_CheckExact(args[0]) || !PySet_Check(args[1]) || state->notable == NULL) {
        PyErr_SetString(PyExc_TypeError, "calm(attributes: dict, keys: set, /), after bind()");
        return NULL;
    }
    PyObject *key, *value;
    Py_ssize_t place = 0;
    int found = 1;
    while (found == 1 && PyDict_Next(args[0], &place, &key, &value)) {
        Py_INCREF(key);
        Py_INCREF(value);
        found = is_calm_value(state, value, key, args[1]);
        Py_DECREF(key);
        Py_DECREF(value);
    }
    return found < 0 ? NULL : PyBool_FromLong(found);
}

/* ---- module ---------------------------------------------------------------------------------------------------- */

static PyObject *bind(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    State *state = PyModule_GetState(module);
    if (nargs != 4 || !PyFrozenSet_CheckExact(args[0]) || !PyTuple_CheckExact(args[1]) || !PyTuple_CheckExact(args[2])) {
        PyErr_SetString(PyExc_TypeError, "bind(notable: frozenset, beginnings: tuple, endings: tuple, announces, /)");
        return NULL;
    }
    PyObject **places[] = {&state->notable, &state->beginnings, &state->endings, &state->announces};
    return keep(places, nargs, args);
}

static PyMethodDef methods[] = {
    {"calm", (PyCFunction)(void (*)(void))calm, METH_FASTCALL,
     "calm($module, attributes, keys, /)\n--\n\nWhether certainly none of the attributes holds a secret; see glance.calm."},
    {"bind", (PyCFunction)(void (*)(void))bind, METH_FASTCALL,
     "bind($module, notable, beginnings, endings, announces, /)\n--\n\n"
     "Hand over the tables. Called once, when glance.py is imported."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {LAST_SLOTS};

static struct PyModuleDef module_def = {PyModuleDef_HEAD_INIT,
                                        "_calm",
                                        "The first look at attributes, in C; see glance.py.",
                                        sizeof(State),
                                        methods,
                                        module_slots,
                                        module_traverse,
                                        module_clear,
                                        module_free};

PyMODINIT_FUNC PyInit__calm(void) { return PyModuleDef_Init(&module_def); }
