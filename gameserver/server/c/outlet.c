/* Bytes for a socket, given at once: outlet.py. */
#include "twin.h"

#ifndef _WIN32
#include <sys/socket.h>
#endif

#if defined(MSG_DONTWAIT) && defined(MSG_NOSIGNAL)
/* Give a real socket bytes; how many it took, -1 with an error.
 *
 * The lock of the interpreter is kept: nothing here waits, and whoever gives it away
 * for each of a thousand sends gets it back 5 ms later where a thread wants it. */
static Py_ssize_t
send_to_real(State *state, PyObject *socket, const char *bytes, Py_ssize_t size)
{
    PyObject *number = PyObject_CallMethodNoArgs(socket, state->n_fileno.text);
    int file = number == NULL ? -1 : (int)PyLong_AsLong(number);
    Py_XDECREF(number);
    if (file < 0)
        return PyErr_Occurred() ? -1 : 0;
    ssize_t taken = send(file, bytes, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
    return taken < 0 ? 0 : (Py_ssize_t)taken;
}
#endif

/* Give a socket of any kind bytes; how many it took, -1 with an error. */
static Py_ssize_t
send_to(State *state, PyObject *socket, const char *bytes, Py_ssize_t size)
{
    PyObject *content = PyBytes_FromStringAndSize(bytes, size);
    PyObject *said = content == NULL ? NULL
        : PyObject_CallMethodOneArg(socket, state->n_send.text, content);
    Py_ssize_t taken = said == NULL ? -1 : PyNumber_AsSsize_t(said, NULL);
    Py_XDECREF(content);
    Py_XDECREF(said);
    if (!PyErr_Occurred())
        return taken < 0 || taken > size ? 0 : taken;
    if (!PyErr_ExceptionMatches(PyExc_OSError))
        return -1;
    PyErr_Clear();
    return 0;
}

/* Give the socket of a transport what it takes now, and say how much; -1 with an error.
 *
 * 0 if it is full, or lost: Twisted finds out which. */
Py_ssize_t
give(State *state, PyObject *transport, const char *bytes, Py_ssize_t size)
{
    PyObject *socket = get(transport, &state->of_socket);
    if (socket == NULL)
        return -1;
    Py_ssize_t taken;
#if defined(MSG_DONTWAIT) && defined(MSG_NOSIGNAL)
    if ((PyObject *)Py_TYPE(socket) == state->socket)
        taken = send_to_real(state, socket, bytes, size);
    else
#endif
        taken = send_to(state, socket, bytes, size);
    Py_DECREF(socket);
    return taken;
}

/* Say whether an attribute of some is True, or as good; -1 with an error. */
int
is_any(PyObject *owner, Name *const *names, int count)
{
    int found = 0;
    for (int each = 0; each < count && found == 0; each++)
        found = flag(owner, names[each]);
    return found;
}

/* Say whether bytes given to the socket now come after all that was written. */
int
is_idle(State *state, PyObject *transport)
{
    Name *const busy[] = {
        &state->of_dataBuffer, &state->of__tempDataBuffer, &state->of_TLS,
        &state->of_disconnecting, &state->of__aborting,
    };
    if (!PyType_IsSubtype(Py_TYPE(transport), (PyTypeObject *)state->connection))
        return 0;
    int is_busy = is_any(transport, busy, Py_ARRAY_LENGTH(busy));
    if (is_busy)
        return is_busy < 0 ? -1 : 0;
    return flag(transport, &state->of_connected);
}

PyObject *
twin_write(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    if (count != 2 || !PyBytes_CheckExact(given[1])) {
        PyErr_SetString(PyExc_TypeError, "write() takes a transport and bytes");
        return NULL;
    }
    State *state = state_of(module);
    const char *bytes = PyBytes_AS_STRING(given[1]);
    Py_ssize_t taken = 0, size = PyBytes_GET_SIZE(given[1]);
    int is_free = is_idle(state, given[0]);
    if (is_free > 0)
        taken = give(state, given[0], bytes, size);
    if (is_free < 0 || taken < 0)
        return NULL;
    if (is_free && taken == size)
        Py_RETURN_NONE;
    PyObject *rest = taken == 0 ? Py_NewRef(given[1])
        : PyBytes_FromStringAndSize(bytes + taken, size - taken);
    if (rest == NULL)
        return NULL;
    PyObject *done = PyObject_CallMethodOneArg(given[0], state->n_write.text, rest);
    Py_DECREF(rest);
    return done;
}
