/* One event for many clients: fan_out.py. */
#include "twin.h"

#include <string.h>

#define MESSAGE "\x07\x80\x1a\x87"  /* a list of seven, the first the word `message` */
#define MESSAGE_SIZE (sizeof MESSAGE - 1)
#define LONGEST 5                   /* bytes of a number below 1 << 31 in base 128 */
#define INT 0x81
#define HEAD (MESSAGE_SIZE + 2 * (LONGEST + 1))  /* what comes before an event, at most */

/* An event, written once for all. The head of each message is put before it. */
typedef struct {
    char *begin;
    Py_ssize_t size;
} Event;

/* Say whether an attribute is None; -1 with an error. */
static int
is_none(PyObject *owner, Name *name)
{
    PyObject *value = get(owner, name);
    if (value == NULL)
        return -1;
    Py_DECREF(value);
    return value == Py_None;
}

/* Put a whole number's token before a place. Gives where it begins; NULL if the number
 * has more than 31 bits, maybe with an error. */
static char *
put_integer(char *place, PyObject *number)
{
    int overflow = 0;
    if (!PyLong_CheckExact(number))
        return NULL;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow || value < 0 || value >= 1LL << 31)
        return NULL;
    char digits[LONGEST];
    Py_ssize_t count = 0;
    do {
        digits[count++] = (char)(value & 0x7F);
        value >>= 7;
    } while (value);
    *--place = (char)INT;
    place -= count;
    memcpy(place, digits, (size_t)count);
    return place;
}

/* Put what comes before the event in the message for a client, and count the message.
 * Gives where it begins; NULL if it is written elsewhere, or with an error. */
static char *
put_head(State *state, PyObject *client, PyObject *broker, char *event)
{
    PyObject *last = get(broker, &state->n_currentRequestID);
    PyObject *number = last == NULL ? NULL : PyNumber_Add(last, state->one);
    PyObject *target = number == NULL ? NULL : get(client, &state->n_target);
    char *begin = target == NULL ? NULL : put_integer(event, target);
    if (begin != NULL)
        begin = put_integer(begin, number);
    if (begin != NULL && set(broker, &state->n_currentRequestID, number) < 0)
        begin = NULL;
    Py_XDECREF(last);
    Py_XDECREF(number);
    Py_XDECREF(target);
    if (begin == NULL)
        return NULL;
    return memcpy(begin - MESSAGE_SIZE, MESSAGE, MESSAGE_SIZE);
}

/* Give the socket what it takes, and the broker what is left; -1 with an error. */
static int
send_or_put(State *state, PyObject *broker, PyObject *transport, const char *bytes,
            Py_ssize_t size)
{
    Py_ssize_t taken = give(state, transport, bytes, size);
    if (taken < 0)
        return -1;
    if (taken == size)
        return 1;
    PyObject *rest = PyBytes_FromStringAndSize(bytes + taken, size - taken);
    PyObject *done = rest == NULL ? NULL
        : PyObject_CallMethodOneArg(broker, state->n_put.text, rest);
    Py_XDECREF(rest);
    Py_XDECREF(done);
    return done == NULL ? -1 : 1;
}

/* Send it over a broker that may take it at once; 0 if it may not. */
static int
send_over(State *state, PyObject *client, PyObject *broker, const Event *event)
{
    Name *const busy[] = {
        &state->n_is_stopped, &state->n_is_reading, &state->n_disconnected,
    };
    int is_busy = is_any(broker, busy, Py_ARRAY_LENGTH(busy));
    if (is_busy)
        return is_busy < 0 ? -1 : 0;
    PyObject *transport = get(broker, &state->n_transport);
    if (transport == NULL)
        return -1;
    int done = is_idle(state, transport);
    if (done > 0) {
        const char *begin = put_head(state, client, broker, event->begin);
        if (begin != NULL)
            done = send_or_put(state, broker, transport, begin,
                               event->begin + event->size - begin);
        else
            done = PyErr_Occurred() ? -1 : 0;
    }
    Py_DECREF(transport);
    return done;
}

/* Send an event to a client; 0 if it has to go the whole way. */
static int
send_one(State *state, PyObject *client, const Event *event)
{
    int is_free = flag(client, &state->n_is_gone);
    if (is_free)
        return is_free < 0 ? -1 : 0;
    is_free = is_none(client, &state->n_session);
    if (is_free > 0)
        is_free = is_none(client, &state->n_backlog);
    if (is_free <= 0)
        return is_free;
    PyObject *broker = get(client, &state->n_broker);
    if (broker == NULL)
        return -1;
    int done = broker == Py_None ? 0 : send_over(state, client, broker, event);
    Py_DECREF(broker);
    return done;
}

/* Give those of a list who could not be sent it; NULL with an error. */
static PyObject *
send_to_each(State *state, PyObject *clients, const Event *event)
{
    PyObject *others = PyList_New(0);
    for (Py_ssize_t each = 0; others != NULL && each < PyList_GET_SIZE(clients); each++) {
        PyObject *client = Py_NewRef(PyList_GET_ITEM(clients, each));
        int done = send_one(state, client, event);
        if (done < 0 || (done == 0 && PyList_Append(others, client) < 0))
            Py_CLEAR(others);
        Py_DECREF(client);
    }
    return others;
}

PyObject *
twin_send_all(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    if (count != 2 || !PyList_CheckExact(given[0]) || !PyBytes_CheckExact(given[1])) {
        PyErr_SetString(PyExc_TypeError, "send_all() takes a list and bytes");
        return NULL;
    }
    Py_ssize_t size = PyBytes_GET_SIZE(given[1]);
    char *place = PyMem_Malloc(HEAD + (size_t)size);
    if (place == NULL)
        return PyErr_NoMemory();
    Event event = {.begin = place + HEAD, .size = size};
    memcpy(event.begin, PyBytes_AS_STRING(given[1]), (size_t)size);
    PyObject *others = send_to_each(state_of(module), given[0], &event);
    PyMem_Free(place);
    return others;
}
