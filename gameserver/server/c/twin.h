/* The compiled twin of gameserver/server/short_way.py and fan_out.py: what its files
 * share.
 *
 * batch.c and short_way.c are that file, arguments.c its look at what a peer has sent;
 * segments.c is what a call needs of segments.py and touches.py, type.c the type
 * ShortWay. attributes.c reads what lies in slots.
 * fan_out.c is fan_out.py, outlet.c what it needs of spread/outlet.py.
 * The Python files are the reference: each says what its twin does and why. Whatever it
 * hands on to others is handed on from here, too.
 *
 * The author's method may run any Python code at all, and an allocation may, as it may
 * collect garbage. Whatever is used after one is owned.
 */
#ifndef TWIN_H
#define TWIN_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Names that are looked up, each once for all. */
#define NAMES(each) \
    each(__routes__) each(_begun) each(_unsent) each(backlog) each(batches) \
    each(broker) each(callExpressionReceived) each(carried_out) each(clock) \
    each(currentRequestID) each(disconnected) each(end) each(fileno) each(go_on) each(is_free) \
    each(is_full) each(is_gone) each(is_reading) each(is_saved) each(is_stopped) \
    each(is_used) each(is_usual) each(late) each(leave) each(ledger) each(left) \
    each(limits) each(localObjects) each(max_items) each(max_string) each(object) \
    each(pace) each(passes) each(put) each(running) each(seconds) each(send) \
    each(session) each(subject) each(target) each(tell) each(transport) each(until) \
    each(way) each(write)

/* A name, and where objects of the type that was met last have it: in a slot, or below
 * 0 where they have none. Reading a slot so is a load; asking for it takes a look into
 * the caches of the type, and all that a call reads takes as long as the call. */
typedef struct {
    PyObject *text;
    PyTypeObject *type;
    Py_ssize_t offset;
} Name;

/* Those of a transport: of another type, and so found in other places. */
#define NAMES_OF_TRANSPORTS(each) \
    each(TLS) each(_aborting) each(_tempDataBuffer) each(connected) each(dataBuffer) \
    each(disconnecting) each(socket)

/* What the module keeps; the names are those of the Python files. */
typedef struct {
#define AS_MEMBER(name) Name n_##name;
    NAMES(AS_MEMBER)
#undef AS_MEMBER
#define AS_MEMBER(name) Name of_##name;
    NAMES_OF_TRANSPORTS(AS_MEMBER)
#undef AS_MEMBER
    PyObject *one, *keywords;       /* 1, and ("is_saved",) */
    PyObject *answer, *routes_of, *failure, *partial, *current;
    PyObject *segment, *reached, *connection, *socket;  /* classes */
    PyObject *short_way;            /* the type of this module */
} State;

/* What the common calls of one login need: the attributes of short_way.ShortWay. */
typedef struct {
    PyObject_HEAD
    PyObject *perspective, *client, *pace, *record, *calls, *touches;
    PyObject *running, *ledger;     /* of the touches */
    Py_ssize_t max_string, max_items;  /* of the calls' limits */
} ShortWay;

extern PyType_Spec short_way_spec;

PyObject *twin_carry_out(PyObject *module, PyObject *const *given, Py_ssize_t count);
PyObject *twin_send_all(PyObject *module, PyObject *const *given, Py_ssize_t count);
PyObject *twin_write(PyObject *module, PyObject *const *given, Py_ssize_t count);

PyObject *find(PyObject *owner, Name *name);
int flag(PyObject *owner, Name *name);
int is_any(PyObject *owner, Name *const *names, int count);
int is_idle(State *state, PyObject *transport);
Py_ssize_t give(State *state, PyObject *transport, const char *bytes, Py_ssize_t size);

/* Give an attribute, owned; NULL with an error. */
static inline PyObject *
get(PyObject *owner, Name *name)
{
    if (Py_TYPE(owner) == name->type && name->offset >= 0) {
        PyObject *value = *(PyObject **)((char *)owner + name->offset);
        if (value != NULL)
            return Py_NewRef(value);
    }
    return find(owner, name);
}

/* Set an attribute; -1 with an error. */
static inline int
set(PyObject *owner, const Name *name, PyObject *value)
{
    if (Py_TYPE(owner) != name->type || name->offset < 0)
        return PyObject_SetAttr(owner, name->text, value);
    PyObject **place = (PyObject **)((char *)owner + name->offset);
    Py_XSETREF(*place, Py_NewRef(value));
    return 0;
}

/* Take the last of a list out of it, owned; the list keeps the room for it. */
static inline PyObject *
take_last(PyObject *list, Py_ssize_t last)
{
    PyObject *taken = PyList_GET_ITEM(list, last);
    Py_SET_SIZE((PyVarObject *)list, last);
    return taken;
}

#define MOST_SCALARS 8

/* Read scalars of just these types. Gives how many, -1 if they are others. Owned. */
int read_scalars(const ShortWay *way, PyObject *args, PyObject *kinds, PyObject **into);

static inline State *
state_of(PyObject *module)
{
    return (State *)PyModule_GetState(module);
}

#endif
