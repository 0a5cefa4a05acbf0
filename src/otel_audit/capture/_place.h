/* Where in the code: whether it blocks a running event loop, which task, which frame. Runs in the hook.
 *
 * Frames are read as they lie in memory, in their own thread: no frame object is made and nothing is kept. Of CPython's
 * internal headers that takes the links between frames, their owner and their code; see next_spot().
 */
#ifndef OTEL_AUDIT_PLACE_H
#define OTEL_AUDIT_PLACE_H
#include "_values.h"
#if PY_VERSION_HEX >= 0x030B0000
#define Py_BUILD_CORE 1
#if PY_VERSION_HEX >= 0x030E0000
#include <internal/pycore_interpframe_structs.h>
#else
#include <internal/pycore_frame.h>
#endif
#undef Py_BUILD_CORE
#else
#include <frameobject.h>
#endif

/* ---- frames ---------------------------------------------------------------------------------------------------- */

#if PY_VERSION_HEX < 0x030B0000

typedef struct {
    PyFrameObject *frame; /* the next one to look at */
} Walk;

static inline Walk walk_from(PyThreadState *tstate) { return (Walk){tstate->frame}; }

/* The code of the next older frame and how far it got, in bytes; borrowed. False at the end. */
static bool next_spot(Walk *walk, PyCodeObject **code, int *position)
{
    PyFrameObject *frame = walk->frame;
    if (frame == NULL)
        return false;
    walk->frame = frame->f_back;
    *code = frame->f_code;
    *position = frame->f_lasti * (int)sizeof(_Py_CODEUNIT);
    return true;
}

static inline PyObject *function_name(const PyCodeObject *code) { return code->co_name; }

#else

typedef struct {
    struct _PyInterpreterFrame *frame;
} Walk;

static inline Walk walk_from(PyThreadState *tstate)
{
#if PY_VERSION_HEX < 0x030D0000
    return (Walk){tstate->cframe == NULL ? NULL : tstate->cframe->current_frame};
#else
    return (Walk){tstate->current_frame};
#endif
}

enum { FIRST_FOREIGN_OWNER = 3 }; /* the interpreter's own frames, from 3.12 on: C stack, entry, sentinel */

/* One that runs code and passed its RESUME: until then it is being made, and CPython does not show it either. */
static inline bool read_frame(struct _PyInterpreterFrame *frame, PyCodeObject **code, int *position)
{
    if (frame->owner >= FIRST_FOREIGN_OWNER)
        return false;
#if PY_VERSION_HEX >= 0x030E0000 /* tagged references, and bytecode of the thread's own on free-threaded builds */
    *code = (PyCodeObject *)PyUnstable_InterpreterFrame_GetCode(frame);
    Py_DECREF(*code); /* the frame holds it */
    *position = PyUnstable_InterpreterFrame_GetLasti(frame);
#elif PY_VERSION_HEX >= 0x030D0000
    if (!PyCode_Check(frame->f_executable))
        return false;
    *code = (PyCodeObject *)frame->f_executable;
    *position = (int)(frame->instr_ptr - _PyCode_CODE(*code)) * (int)sizeof(_Py_CODEUNIT);
#else
    *code = frame->f_code;
    *position = (int)(frame->prev_instr - _PyCode_CODE(*code)) * (int)sizeof(_Py_CODEUNIT);
#endif
    return frame->owner == FRAME_OWNED_BY_GENERATOR
        || *position >= (*code)->_co_firsttraceable * (int)sizeof(_Py_CODEUNIT);
}

static bool next_spot(Walk *walk, PyCodeObject **code, int *position)
{
    for (struct _PyInterpreterFrame *frame = walk->frame; frame != NULL; frame = frame->previous)
        if (read_frame(frame, code, position)) {
            walk->frame = frame->previous;
            return true;
        }
    return false;
}

static inline PyObject *function_name(const PyCodeObject *code) { return code->co_qualname; }

#endif

static bool begins(const void *data, int kind, const Prefix *prefix)
{
    if (kind == PyUnicode_1BYTE_KIND && prefix->narrow != NULL) {
        if (prefix->length >= 8 && load64((const uint8_t *)data + prefix->length - 8) != prefix->last)
            return false;
        return memcmp(data, prefix->narrow, prefix->length) == 0;
    }
    for (uint32_t i = 0; i < prefix->length; i++)
        if (PyUnicode_READ(kind, data, i) != prefix->wide[i])
            return false;
    return true;
}

static uint8_t whose_file(const Table *table, PyObject *file)
{
    if (!readable_text(file))
        return CODE_LIBRARY;
    const void *data = PyUnicode_DATA(file);
    int kind = (int)PyUnicode_KIND(file);
    Py_ssize_t length = PyUnicode_GET_LENGTH(file);
    const Prefix *prefix = table->prefix, *end = prefix + table->prefixes;
    for (; prefix < end; prefix++)
        if (length >= (Py_ssize_t)prefix->length && begins(data, kind, prefix))
            return prefix->whose;
    return CODE_APPLICATION;
}

/* From the newest frame to older ones: whether it is the loop's own doing, and the application's nearest frame. */
static void walk_frames(PyThreadState *tstate, Where *where, bool located, bool located_if_blocking)
{
    const Table *table = atomic_load_explicit(&core.table, memory_order_acquire);
    Walk walk = walk_from(tstate);
    PyCodeObject *code;
    PyObject *file = NULL;
    uint8_t whose = CODE_LIBRARY;
    int position;
    bool settled = !where->on_loop, wanted = where->on_loop ? located_if_blocking : located;
    for (int depth = 0; depth < FRAMES_MAX && (wanted || !settled) && next_spot(&walk, &code, &position); depth++) {
        if (code->co_filename != file) { /* alive as long as its frame: the same object is the same text */
            file = code->co_filename;
            whose = whose_file(table, file);
        }
        if (whose == CODE_RUNNER)
            return;
        if (whose == CODE_LOOP && !settled) {
            where->on_loop = false;
            wanted = located;
        }
        settled = settled || whose != CODE_LIBRARY;
        if (whose == CODE_APPLICATION && wanted) {
            where->code = code;
            where->position = position;
            return;
        }
    }
}

/* ---- event loops ----------------------------------------------------------------------------------------------- */

/* CPython puts an error that was there aside before it calls hooks: one that is set after a call of ours is ours. */

#if PY_VERSION_HEX < 0x030C0000
/* What asyncio keeps in the thread's dict. Asking asyncio itself would cost a system call there, for the pid. */
typedef struct {
    PyObject_HEAD
    PyObject *loop;
#ifndef _WIN32
    pid_t pid;
#endif
} Holder;
#endif

/* The loop that runs in this thread, as asyncio has it, uvloop's too; a new reference or NULL. */
static PyObject *running_loop(const Asyncio *asyncio, PyThreadState *tstate)
{
    PyObject *loop;
    (void)tstate; /* of use before 3.13 */
#if PY_VERSION_HEX < 0x030D0000
    if (tstate->dict == NULL) /* asking would make one */
        return NULL;
#endif
#if PY_VERSION_HEX < 0x030C0000
    Holder *holder = (Holder *)PyDict_GetItemWithError(tstate->dict, asyncio->key);
    if (holder == NULL || Py_TYPE(holder)->tp_basicsize != sizeof(Holder)
        || strcmp(Py_TYPE(holder)->tp_name, "_RunningLoopHolder") != 0)
        return NULL;
#ifndef _WIN32
    if (holder->pid != core.pid)
        return NULL; /* the loop runs in the parent */
#endif
    loop = Py_XNewRef(holder->loop);
#else
    loop = asyncio->get_running_loop(asyncio->module, NULL);
    if (loop == NULL)
        PyErr_Clear();
#endif
    if (loop == Py_None)
        Py_CLEAR(loop);
    return loop;
}

/* The task that the loop is running; a new reference or NULL. */
static PyObject *current_task(const Asyncio *asyncio, PyObject *loop)
{
    PyObject *key, *task;
    if (asyncio->current_tasks != NULL) { /* compared by identity: hashing a loop may run its code */
        Py_ssize_t at = 0;
        for (int i = 0; i < LOOPS_MAX && PyDict_Next(asyncio->current_tasks, &at, &key, &task); i++)
            if (key == loop)
                return Py_NewRef(task);
        return NULL;
    }
    return asyncio->current_task == NULL ? NULL : asyncio->current_task(asyncio->module, &loop, 1, NULL);
}

static void put_cut(Writer *w, PyObject *text, size_t bound)
{
    size_t length;
    bool whole = encode_text(text, w->at, bound, &length);
    w->at += length;
    if (!whole)
        put(w, CUT, sizeof CUT);
}

static void put_section(Writer *w, uint16_t type, uint8_t *start) /* `start`: where its four bytes of head are */
{
    uint16_t section[2] = {type, (uint16_t)(w->at - start - 4)};
    memcpy(start, section, sizeof section);
}

/* The task's name, behind what capture() wrote. Only of asyncio's own class: others might run code for it. */
static void put_task(Thread *t, PyObject *loop)
{
    const Asyncio *asyncio = atomic_load(&core.asyncio);
    PyObject *task = asyncio == NULL ? NULL : current_task(asyncio, loop);
    PyObject *name = task != NULL && Py_IS_TYPE(task, asyncio->task_type) ? asyncio->get_name(task, NULL) : NULL;
    if (name == NULL)
        PyErr_Clear();
    else if (readable_text(name)) {
        Header *h = &t->scratch.header;
        uint8_t *start = t->scratch.bytes + h->word;
        Writer w = {start + 4, NULL};
        put_cut(&w, name, TASK_MAX);
        put_section(&w, SECTION_TASK, start);
        h->word += (uint32_t)(w.at - start);
        h->sections++;
    }
    Py_XDECREF(name);
    Py_XDECREF(task);
}

/* A socket that does not wait: asyncio connects such ones on the loop's thread. Connecting a datagram socket sends
 * nothing. Asked through the functions of the class, whose answers no subclass can change. */
static bool never_waits(const Asyncio *asyncio, PyObject *args)
{
    PyObject *self = PyTuple_Check(args) && PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : NULL;
    if (self == NULL || asyncio->socket_type == NULL || !PyType_IsSubtype(Py_TYPE(self), asyncio->socket_type))
        return false;
    if (*(int *)((char *)self + asyncio->kind_offset) == asyncio->datagram)
        return true;
    PyObject *timeout = asyncio->get_timeout(self, NULL);
    if (timeout == NULL)
        PyErr_Clear();
    bool never = timeout != NULL && PyFloat_CheckExact(timeout) && PyFloat_AS_DOUBLE(timeout) == 0.0;
    Py_XDECREF(timeout);
    return never;
}

/* ---- both ------------------------------------------------------------------------------------------------------ */

static inline bool by_chance(uint64_t random, uint64_t threshold)
{
    return threshold != 0 && (threshold == UINT64_MAX || random < threshold);
}

/* Look whether the event blocks a loop, and for the application's frame as far as it is wanted. */
static void look_at_code(Thread *t, const Entry *e, PyObject *args, Where *where)
{
    PyThreadState *tstate = CURRENT_TSTATE();
    if (tstate == NULL)
        return;
    Asyncio *asyncio = e->blocking && where->interpreter == 0 ? atomic_load(&core.asyncio) : NULL;
    if (asyncio != NULL)
        where->loop = running_loop(asyncio, tstate);
    where->on_loop = where->loop != NULL && !never_waits(asyncio, args);
    if (where->on_loop || e->location != 0) {
        uint64_t random = next_random(t);
        bool located = by_chance(random, e->location);
        walk_frames(tstate, where, located, located || by_chance(random, e->loop_location));
    }
}

/* Write the task's name, and what merging compares of all this: the code by its address and what it says of itself, for
 * the address may become another's in the same window. */
static uint64_t hash_place(Thread *t, const Where *where, uint64_t hash)
{
    if (where->on_loop) {
        uint32_t at = t->scratch.header.word;
        put_task(t, where->loop);
        hash = hash_bytes(t->scratch.bytes + at, t->scratch.header.word - at, ~hash);
    }
    if (where->code == NULL)
        return hash;
    PyObject *file = where->code->co_filename, *name = function_name(where->code);
    uint64_t at[2] = {(uint64_t)(uintptr_t)where->code,
                      (uint64_t)(uint32_t)where->position << 32 | (uint32_t)where->code->co_firstlineno};
    hash = hash_bytes(PyUnicode_DATA(file), (size_t)PyUnicode_GET_LENGTH(file) * PyUnicode_KIND(file), hash);
    hash = hash_bytes(PyUnicode_DATA(name), (size_t)PyUnicode_GET_LENGTH(name) * PyUnicode_KIND(name), hash);
    return hash_bytes(at, sizeof at, hash);
}

static void put_location(Writer *w, const Where *where)
{
    int line = PyCode_Addr2Line(where->code, where->position);
    uint32_t stored = line > 0 ? (uint32_t)line : 0;
    uint8_t *start = w->at, *length;
    w->at += 4;
    put(w, &stored, 4);
    length = w->at;
    w->at += 2;
    put_cut(w, function_name(where->code), ITEM_MAX);
    uint16_t name = (uint16_t)(w->at - length - 2);
    memcpy(length, &name, 2);
    put_cut(w, where->code->co_filename, TEXT_MAX);
    put_section(w, SECTION_LOCATION, start);
}

/* Add who did it and where. */
static APART void put_sections(Header *h, const Where *where)
{
    Writer w = {(uint8_t *)h + h->word, NULL};
    const Owner *owner = where->owner;
    if (owner != NULL && owner->who != NULL) {
        uint16_t section[2] = {SECTION_WHO, (uint16_t)PyBytes_GET_SIZE(owner->who)};
        put(&w, section, sizeof section);
        put(&w, PyBytes_AS_STRING(owner->who), section[1]);
        h->sections++;
    }
    if (where->code != NULL) {
        put_location(&w, where);
        h->sections++;
    }
    h->word = (uint32_t)(w.at - (uint8_t *)h);
}

/* Say where it happened, add what is known of that, and pad. */
static inline void finish(Header *h, const Where *where)
{
    const Owner *owner = where->owner;
    memcpy(h->trace, owner != NULL ? owner->trace : where->trace, 16);
    memcpy(h->span, owner != NULL ? owner->span : where->span, 8);
    h->interpreter = where->interpreter;
    h->trace_flags = where->flags;
    if (where->code != NULL || (owner != NULL && owner->who != NULL))
        put_sections(h, where);
    uint32_t length = h->word;
    memset((uint8_t *)h + length, 0, 8);
    h->word = (length + 7) & ~(uint32_t)7;
}

#endif
