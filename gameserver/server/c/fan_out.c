/* One event for many clients: fan_out.py. */
#include "twin.h"

#include <string.h>

#define MESSAGE "\x07\x80\x1a\x87"  /* a list of seven, the first the word `message` */
#define LONGEST 5                   /* bytes of a number below 1 << 31 in base 128 */
#define INT 0x81

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

/* Put 0 where all of some flags are false, 1 where one is true; -1 with an error. */
static int
is_any(PyObject *owner, Name *const *names, int count)
{
    int found = 0;
    for (int each = 0; each < count && found == 0; each++)
        found = flag(owner, names[each]);
    return found;
}

/* outlet.is_idle */
static int
is_idle(State *state, PyObject *transport)
{
    Name *const busy[] = {
        &state->of_dataBuffer, &state->of__tempDataBuffer, &state->of_TLS,
        &state->of_disconnecting, &state->of__aborting, &state->of_disconnected,
    };
    if (!PyType_IsSubtype(Py_TYPE(transport), (PyTypeObject *)state->connection))
        return 0;
    int is_busy = is_any(transport, busy, Py_ARRAY_LENGTH(busy));
    if (is_busy)
        return is_busy < 0 ? -1 : 0;
    return flag(transport, &state->of_connected);
}

/* Put a whole number's token; NULL if it has more than 31 bits, maybe with an error. */
static char *
put_integer(char *at, PyObject *number)
{
    int overflow = 0;
    if (!PyLong_CheckExact(number))
        return NULL;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow || value < 0 || value >= 1LL << 31)
        return NULL;
    do {
        *at++ = (char)(value & 0x7F);
        value >>= 7;
    } while (value);
    *at++ = (char)INT;
    return at;
}

/* Give the message for a client, and count it; NULL if it is written elsewhere. */
static PyObject *
message_of(State *state, PyObject *client, PyObject *broker, PyObject *event)
{
    char head[sizeof MESSAGE + 2 * (LONGEST + 1)] = MESSAGE;
    char *at = head + sizeof MESSAGE - 1;
    PyObject *last = get(broker, &state->n_currentRequestID);
    PyObject *number = last == NULL ? NULL : PyNumber_Add(last, state->one);
    PyObject *target = number == NULL ? NULL : get(client, &state->n_target);
    PyObject *content = NULL;
    if (target != NULL && (at = put_integer(at, number)) != NULL)
        at = put_integer(at, target);
    if (target != NULL && at != NULL) {
        Py_ssize_t size = at - head, more = PyBytes_GET_SIZE(event);
        content = PyBytes_FromStringAndSize(NULL, size + more);
        if (content != NULL) {
            memcpy(PyBytes_AS_STRING(content), head, (size_t)size);
            memcpy(PyBytes_AS_STRING(content) + size, PyBytes_AS_STRING(event),
                   (size_t)more);
            if (set(broker, &state->n_currentRequestID, number) < 0)
                Py_CLEAR(content);
        }
    }
    Py_XDECREF(last);
    Py_XDECREF(number);
    Py_XDECREF(target);
    return content;
}

/* Give the socket what it takes, and the broker what is left; -1 with an error. */
static int
send(State *state, PyObject *broker, PyObject *transport, PyObject *content)
{
    PyObject *socket = get(transport, &state->of_socket);
    if (socket == NULL)
        return -1;
    PyObject *taken = PyObject_CallMethodOneArg(socket, state->n_send.text, content);
    Py_DECREF(socket);
    Py_ssize_t sent = 0, size = PyBytes_GET_SIZE(content);
    if (taken == NULL && PyErr_ExceptionMatches(PyExc_OSError))
        PyErr_Clear();  /* it is full, or lost: Twisted finds out which */
    else if (taken != NULL)
        sent = PyNumber_AsSsize_t(taken, NULL);
    Py_XDECREF(taken);
    if (PyErr_Occurred())
        return -1;
    if (sent == size)
        return 1;
    if (sent < 0 || sent > size)
        sent = 0;
    PyObject *rest = PyBytes_FromStringAndSize(PyBytes_AS_STRING(content) + sent,
                                               size - sent);
    PyObject *done = rest == NULL ? NULL
        : PyObject_CallMethodOneArg(broker, state->n_put.text, rest);
    Py_XDECREF(rest);
    Py_XDECREF(done);
    return done == NULL ? -1 : 1;
}

/* Send it over a broker that may take it at once; 0 if it may not. */
static int
send_over(State *state, PyObject *client, PyObject *broker, PyObject *event)
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
        PyObject *content = message_of(state, client, broker, event);
        if (content != NULL)
            done = send(state, broker, transport, content);
        else
            done = PyErr_Occurred() ? -1 : 0;
        Py_XDECREF(content);
    }
    Py_DECREF(transport);
    return done;
}

/* Send an event to a client; 0 if it has to go the whole way. */
static int
send_one(State *state, PyObject *client, PyObject *event)
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

PyObject *
twin_send_all(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    if (count != 2 || !PyList_CheckExact(given[0]) || !PyBytes_CheckExact(given[1])) {
        PyErr_SetString(PyExc_TypeError, "send_all() takes a list and bytes");
        return NULL;
    }
    State *state = state_of(module);
    PyObject *others = PyList_New(0);
    for (Py_ssize_t each = 0; others != NULL && each < PyList_GET_SIZE(given[0]); each++) {
        PyObject *client = Py_NewRef(PyList_GET_ITEM(given[0], each));
        int done = send_one(state, client, given[1]);
        if (done < 0 || (done == 0 && PyList_Append(others, client) < 0))
            Py_CLEAR(others);
        Py_DECREF(client);
    }
    return others;
}
