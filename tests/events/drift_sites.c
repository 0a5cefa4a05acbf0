/* Call sites in the shapes that compilers give them, for test_drift.py. Never run: only its machine code is read. */
#include <stdarg.h>
#include <stddef.h>

#define APART __attribute__((noinline, noclone))

int PySys_Audit(const char *event, const char *format, ...);

volatile int armed;

#ifdef CORE
/* As in the interpreter: two variadic fronts of one function, and a copy of the whole that link-time optimization made. */
static APART int everything(volatile int *state, const char *event, const char *format, va_list values)
{
    return *state + event[0] + (format != NULL) + va_arg(values, int);
}

int PySys_Audit(const char *event, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int result = everything(&armed, event, format, values);
    va_end(values);
    return result;
}

static APART int private_front(volatile int *state, const char *event, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int result = everything(state, event, format, values);
    va_end(values);
    return result;
}

static APART int copy(volatile int *state, const char *event)
{
    return *state ? event[armed] : event[0];
}

int from_private_front(void) { return private_front(&armed, "drift.private", "ii", 1, 2) + 1; }
int known_to_copy(void) { return copy(&armed, "drift.known") + 1; }
int unheard_of(void) { return copy(&armed, "drift.unheard") + 2; }
#endif

int plain(void *object) { return PySys_Audit("drift.plain", "Oi", object, 1) + 1; }
int last(void *object) { return PySys_Audit("drift.last", "O", object); }
int without_arguments(void) { return PySys_Audit("drift.none", NULL) + 1; }

/* The name is chosen in an earlier block, and survives a call. */
int either(int which, void *object)
{
    const char *event = which ? "drift.left" : "drift.right";
    if (PySys_Audit("drift.before", "i", which) < 0) {
        return -1;
    }
    return PySys_Audit(event, "OO", object, object) + 1;
}

static APART int hand_on(void *object, const char *event)
{
    return armed ? PySys_Audit(event, "OOO", object, object, object) : 0;
}
int handed_on(void *object) { return hand_on(object, "drift.handed") + hand_on(object, "drift.over"); }

/* The same under an exported name, which a shared object calls through its own stub; and beside an event of its own. */
int show(const char *event, void *object)
{
    int told = PySys_Audit(event, "OO", object, object);
    return told + PySys_Audit("drift.beside", "O", object) + 1;
}
int shown(void *object) { return show("drift.shown", object) + 1; }
int uncalled(const char *event, void *object)
{
    PySys_Audit(event, "OO", object, object);
    return PySys_Audit("drift.uncalled", "O", object) + 1;
}

int dynamic(const char *text) { return PySys_Audit(text + armed, "i", 1) + 1; }
