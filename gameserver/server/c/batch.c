/* The messages of a batch: carry_out of short_way.py. */
#include "short_way.h"

#include <string.h>

#define PARTS 7      /* of the message that is a call */

/* Bring all to where others look for it: something else is about to run. */
int
settle(Batch *batch)
{
    State *state = batch->state;
    ShortWay *way = batch->way;
    int failed = 0;
    if (batch->carried_out) {
        PyObject *more = PyLong_FromLongLong(batch->carried_out);
        PyObject *before = get(way->calls, &state->n_carried_out), *after = NULL;
        if (more != NULL && before != NULL)
            after = PyNumber_Add(before, more);
        failed = after == NULL
                 || set(way->calls, &state->n_carried_out, after) < 0;
        Py_XDECREF(more);
        Py_XDECREF(before);
        Py_XDECREF(after);
        batch->carried_out = 0;
    }
    Py_CLEAR(batch->spare);
    Py_CLEAR(batch->batches);
    Py_CLEAR(batch->target);
    Py_CLEAR(batch->way);
    return failed ? -1 : 0;
}

static int
has_no_names(PyObject *names)
{
    if (!PyList_CheckExact(names) || PyList_GET_SIZE(names) != 1)
        return 0;
    PyObject *head = PyList_GET_ITEM(names, 0);
    return PyBytes_CheckExact(head) && PyBytes_GET_SIZE(head) == 10
           && memcmp(PyBytes_AS_STRING(head), "dictionary", 10) == 0;
}

/* Find the way that a number of the connection stands for; 0 if there is none. */
static int
find_way(Batch *batch, PyObject *target)
{
    State *state = batch->state;
    if (batch->target != NULL) {
        int is_same = PyObject_RichCompareBool(batch->target, target, Py_EQ);
        if (is_same)
            return is_same;
    }
    if (settle(batch) < 0)
        return -1;
    PyObject *objects = get(batch->broker, &state->n_localObjects);
    if (objects == NULL)
        return -1;
    PyObject *local = PyDict_CheckExact(objects)
        ? PyDict_GetItemWithError(objects, target) : NULL;
    Py_XINCREF(local);
    Py_DECREF(objects);
    PyObject *reached = local == NULL ? NULL : get(local, &state->n_object), *way = NULL;
    Py_XDECREF(local);
    if (reached != NULL && (PyObject *)Py_TYPE(reached) == state->reached)
        way = get(reached, &state->n_way);
    Py_XDECREF(reached);
    if (way == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if ((PyObject *)Py_TYPE(way) != state->short_way
        || ((ShortWay *)way)->perspective == NULL) {  /* the collector has cleared it */
        Py_DECREF(way);
        return 0;
    }
    batch->target = Py_NewRef(target);
    batch->way = (ShortWay *)way;
    return 1;
}

static int
is_call(PyObject *message)
{
    if (!PyList_CheckExact(message) || PyList_GET_SIZE(message) != PARTS)
        return 0;
    PyObject *head = PyList_GET_ITEM(message, 0);
    return PyBytes_CheckExact(head) && PyBytes_GET_SIZE(head) == 7
           && memcmp(PyBytes_AS_STRING(head), "message", 7) == 0
           && PyLong_CheckExact(PyList_GET_ITEM(message, 1))
           && PyLong_CheckExact(PyList_GET_ITEM(message, 2))
           && PyBytes_CheckExact(PyList_GET_ITEM(message, 3))
           && has_no_names(PyList_GET_ITEM(message, 6));
}

/* Carry a message out if it is a common call; -1 with an error. */
static int
carried_out(Batch *batch, PyObject *message)
{
    if (!is_call(message))
        return 0;
    int found = find_way(batch, PyList_GET_ITEM(message, 2));
    if (found <= 0)
        return found;
    Call call = {
        .batch = batch,
        .state = batch->state,
        .way = (ShortWay *)Py_NewRef((PyObject *)batch->way),
        /* The message is a list, and may be another when the method has run. */
        .number = Py_NewRef(PyList_GET_ITEM(message, 1)),
        .name = Py_NewRef(PyList_GET_ITEM(message, 3)),
        .is_answered = Py_NewRef(PyList_GET_ITEM(message, 4)),
    };
    PyObject *args = Py_NewRef(PyList_GET_ITEM(message, 5));
    int done = try_call(&call, args);
    Py_DECREF(args);
    Py_DECREF(call.is_answered);
    Py_DECREF(call.name);
    Py_DECREF(call.number);
    Py_DECREF(call.way);
    return done;
}

/* Say whether the next message may be carried out in this turn: FairBroker.goes_on. */
static int
goes_on(const Batch *batch, PyObject *seconds)
{
    PyObject *now = PyObject_CallNoArgs(seconds);
    PyObject *until = now == NULL ? NULL : get(batch->broker, &batch->state->n_until);
    int goes;
    if (until != NULL && PyFloat_CheckExact(now) && PyFloat_CheckExact(until))
        goes = PyFloat_AS_DOUBLE(now) < PyFloat_AS_DOUBLE(until);
    else
        goes = until == NULL ? -1 : PyObject_RichCompareBool(now, until, Py_LT);
    Py_XDECREF(now);
    Py_XDECREF(until);
    return goes;
}

/* Carry out one message, one way or the other; -1 with an error. */
static int
carry_out_one(Batch *batch, PyObject *message)
{
    State *state = batch->state;
    int done = flag(batch->broker, &state->n_is_usual);
    if (done > 0)
        done = carried_out(batch, message);
    if (done)
        return done;
    if (settle(batch) < 0)
        return -1;
    PyObject *received = PyObject_CallMethodOneArg(
        batch->broker, state->n_callExpressionReceived.text, message);
    Py_XDECREF(received);
    return received == NULL ? -1 : 1;
}

/* Take the only one out of a list, owned; NULL with an error. The list gives the room
 * back: for how long it stays empty, nobody knows. */
static PyObject *
take_only(PyObject *list)
{
    PyObject *taken = Py_NewRef(PyList_GET_ITEM(list, 0));
    if (PyList_SetSlice(list, 0, 1, NULL) < 0)
        Py_CLEAR(taken);
    return taken;
}

static int
carry_out_all(Batch *batch, PyObject *messages, PyObject *seconds)
{
    while (PyList_GET_SIZE(messages)) {
        int goes = goes_on(batch, seconds);
        Py_ssize_t last = PyList_GET_SIZE(messages) - 1;
        if (goes <= 0 || last < 0)
            return goes;
        PyObject *message = last > 0 ? take_last(messages, last) : take_only(messages);
        int done = message == NULL ? -1 : carry_out_one(batch, message);
        Py_XDECREF(message);
        if (done < 0)
            return -1;
    }
    return 0;
}

PyObject *
twin_carry_out(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    if (count != 2 || !PyList_CheckExact(given[1])) {
        PyErr_SetString(PyExc_TypeError, "carry_out() takes a broker and a list");
        return NULL;
    }
    Batch batch = {.state = state_of(module), .broker = given[0]};
    PyObject *clock = get(batch.broker, &batch.state->n_clock);
    PyObject *seconds = clock == NULL ? NULL : get(clock, &batch.state->n_seconds);
    int failed = seconds == NULL || carry_out_all(&batch, given[1], seconds) < 0;
    Py_XDECREF(clock);
    Py_XDECREF(seconds);
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    if (settle(&batch) < 0) {
        forget(type, error, trace);
        return NULL;
    }
    PyErr_Restore(type, error, trace);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}
