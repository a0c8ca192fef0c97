/* The way of a common call: ShortWay of short_way.py. */
#include "short_way.h"

#define LARGE 4096   /* bytes that are worth a write of their own, as in banana.py */

/* Give the route of a call, owned; NULL if it has none, and maybe an error. */
static PyObject *
route_of(const Call *call)
{
    PyTypeObject *owner = Py_TYPE(call->avatar);
    PyObject *routes = owner->tp_dict == NULL ? NULL
        : PyDict_GetItemWithError(owner->tp_dict, call->state->n___routes__.text);
    if (routes != NULL)
        Py_INCREF(routes);
    else if (!PyErr_Occurred())
        routes = PyObject_CallOneArg(call->state->routes_of, (PyObject *)owner);
    if (routes == NULL) {  /* the whole way meets it, too, within its fence */
        if (PyErr_ExceptionMatches(PyExc_Exception))
            PyErr_Clear();
        return NULL;
    }
    PyObject *route = PyDict_CheckExact(routes)
        ? PyDict_GetItemWithError(routes, call->name) : NULL;
    if (route != NULL && (!PyTuple_CheckExact(route) || PyTuple_GET_SIZE(route) != 2
                          || !PyTuple_CheckExact(PyTuple_GET_ITEM(route, 1))))
        route = NULL;
    Py_XINCREF(route);
    Py_DECREF(routes);
    return route;
}

/* Say whether nothing stands in the way of any call; -1 with an error. */
static int
is_free(const Call *call)
{
    State *state = call->state;
    ShortWay *way = call->way;
    if (PyList_GET_SIZE(way->running))
        return 0;
    int stops = flag(way->client, &state->n_is_gone);
    if (stops == 0)
        stops = flag(way->touches, &state->n_late);
    if (stops)
        return stops < 0 ? -1 : 0;
    return flag(way->calls, &state->n_is_free);
}

/* Pace.passes(): the common case, and the others there; -1 with an error. */
static int
passes(const Call *call)
{
    State *state = call->state;
    PyObject *pace = call->way->pace;
    if (pace == Py_None)
        return 1;
    int is_full = flag(pace, &state->n_is_full);
    if (is_full)
        return is_full < 0 ? -1 : 0;
    PyObject *left = get(pace, &state->n_left), *less = NULL;
    if (left == NULL)
        return -1;
    int has_some = PyObject_IsTrue(left);  /* it is never less than nothing */
    if (has_some > 0) {
        less = PyFloat_CheckExact(left)
            ? PyFloat_FromDouble(PyFloat_AS_DOUBLE(left) - 1.0)
            : PyNumber_Subtract(left, state->one);
        if (less == NULL || set(pace, &state->n_left, less) < 0)
            has_some = -1;
        Py_XDECREF(less);
    }
    else if (has_some == 0) {
        less = PyObject_CallMethodNoArgs(pace, state->n_passes.text);
        has_some = less == NULL ? -1 : less == Py_True;
        Py_XDECREF(less);
    }
    Py_DECREF(left);
    return has_some;
}

/* Send an answer, with all else that the batch being read brings: WireBanana.send. */
static int
send(const Call *call, PyObject *content)
{
    State *state = call->state;
    PyObject *broker = call->batch->broker, *done;
    int is_lost = flag(broker, &state->n_disconnected);
    if (is_lost)
        return is_lost < 0 ? -1 : 0;
    if (PyBytes_GET_SIZE(content) > LARGE)
        done = PyObject_CallMethodOneArg(broker, state->n_send.text, content);
    else {
        done = get(broker, &state->n__unsent);
        if (done != NULL && (!PyList_CheckExact(done) || PyList_Append(done, content) < 0))
            Py_CLEAR(done);
    }
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Answer with a plain value. 0 if it is none, -1 with an error. */
static int
answered(Call *call, PyObject *result)
{
    PyObject *given[] = {call->number, result};
    PyObject *content = PyObject_Vectorcall(call->state->answer, given, 2, NULL);
    if (content == NULL) {  /* the whole way says what is wrong with it */
        if (!PyErr_ExceptionMatches(PyExc_Exception))
            return -1;
        PyErr_Clear();
        return 0;
    }
    int is_wanted = PyObject_IsTrue(call->is_answered);
    int failed = is_wanted < 0 || end(call) < 0 || (is_wanted && send(call, content) < 0);
    Py_DECREF(content);
    return failed ? -1 : 1;
}

/* Give a Failure of the error that is set, or None of none; NULL with another. */
static PyObject *
failure_of(State *state)
{
    if (!PyErr_Occurred())
        return Py_NewRef(Py_None);
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    PyErr_NormalizeException(&type, &error, &trace);
    if (trace != NULL)
        PyException_SetTraceback(error, trace);
    PyObject *given[] = {error, type, trace == NULL ? Py_None : trace};
    PyObject *failure = PyObject_Vectorcall(state->failure, given, 3, NULL);
    forget(type, error, trace);
    return failure;
}

/* Let the whole way go on from what the method has given. */
static int
go_on(const Call *call, PyObject *result)
{
    State *state = call->state;
    PyObject *failure = failure_of(state), *broker = call->batch->broker;
    if (failure == NULL || settle(call->batch) < 0) {
        Py_XDECREF(failure);
        return -1;
    }
    PyObject *name = PyUnicode_DecodeUTF8(PyBytes_AS_STRING(call->name),
                                          PyBytes_GET_SIZE(call->name), NULL);
    PyObject *goes = name == NULL ? NULL : get(call->way->perspective, &state->n_go_on);
    PyObject *went = NULL, *done = NULL;
    if (goes != NULL) {
        PyObject *given[] = {goes, broker, call->segment, name,
                             result == NULL ? Py_None : result, failure};
        went = PyObject_Vectorcall(state->partial, given, 6, NULL);
    }
    if (went != NULL) {
        PyObject *given[] = {broker, call->number, call->is_answered, went};
        done = PyObject_VectorcallMethod(state->n_tell.text, given, 4, NULL);
    }
    Py_DECREF(failure);
    Py_XDECREF(name);
    Py_XDECREF(goes);
    Py_XDECREF(went);
    Py_XDECREF(done);
    return done == NULL ? -1 : 1;
}

/* Carry a call out, whose arguments are read: args[1] and so on, owned by the caller. */
static int
carry_out(Call *call, PyObject *method, PyObject **args, int size)
{
    call->segment = begun(call);
    if (call->segment == NULL)
        return -1;
    call->batch->carried_out++;
    args[0] = call->avatar;
    int is_used = 1;
    PyObject *result = result_of(call, method, args, size, &is_used);
    int done = result != NULL && !is_used ? answered(call, result) : 0;
    if (done == 0)
        done = go_on(call, result);
    Py_XDECREF(result);
    Py_XDECREF(call->segment);
    return done;
}

/* Look whether it is a common call, and carry it out then; -1 with an error. */
int
try_call(Call *call, PyObject *args)
{
    call->avatar = get(call->way->record, &call->state->n_subject);
    if (call->avatar == NULL)
        return -1;
    PyObject *route = route_of(call);
    int done = route == NULL && PyErr_Occurred() ? -1 : 0;
    if (route != NULL && (done = is_free(call)) > 0) {
        PyObject *read[MOST_SCALARS + 2];  /* a place for PyObject_Vectorcall, the avatar */
        int size = read_scalars(call->way, args, PyTuple_GET_ITEM(route, 1), read + 2);
        done = size < 0 ? 0 : passes(call);
        if (done > 0)
            done = carry_out(call, PyTuple_GET_ITEM(route, 0), read + 1, size);
        while (size > 0)
            Py_DECREF(read[1 + size--]);
    }
    Py_XDECREF(route);
    Py_DECREF(call->avatar);
    return done;
}
