/* The way of a common call: short_way.py. */
#include "twin.h"

#define PARTS 7      /* of the message that is a call */
#define LARGE 4096   /* bytes that are worth a write of their own, as in banana.py */

/* The messages of a batch, and what one common call leaves to the next: nothing else
 * may run between the two but authors' methods that have touched nothing. */
typedef struct {
    State *state;
    PyObject *broker;
    PyObject *target;     /* a number of the connection, and the way that it stands for */
    ShortWay *way;
    PyObject *spare;      /* a Segment of that way's touches that nobody has used */
    PyObject *batches;    /* how many there were when it began */
    long long carried_out;  /* calls that are not counted yet */
} Batch;

/* One call, from the message to its answer. All but `avatar`, `segment` are borrowed. */
typedef struct {
    Batch *batch;
    State *state;
    ShortWay *way;
    PyObject *number, *name, *is_answered;
    PyObject *avatar, *segment;
} Call;

static inline PyObject *
get(PyObject *owner, PyObject *name)
{
    return PyObject_GetAttr(owner, name);
}

/* Say whether an attribute is True or False, or anything as good; -1 with an error. */
static inline int
flag(PyObject *owner, PyObject *name)
{
    PyObject *value = get(owner, name);
    if (value == NULL)
        return -1;
    int is_set = value == Py_False || value == Py_None ? 0
                 : value == Py_True ? 1 : PyObject_IsTrue(value);
    Py_DECREF(value);
    return is_set;
}

/* Give the route of a call, owned; NULL if it has none, and maybe an error. */
static PyObject *
route_of(const Call *call)
{
    PyTypeObject *owner = Py_TYPE(call->avatar);
    PyObject *routes = owner->tp_dict == NULL ? NULL
        : PyDict_GetItemWithError(owner->tp_dict, call->state->n___routes__);
    if (routes != NULL)
        Py_INCREF(routes);
    else if (!PyErr_Occurred())
        routes = PyObject_CallOneArg(call->state->routes_of, (PyObject *)owner);
    if (routes == NULL)
        return NULL;
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
    int stops = flag(way->client, state->n_is_gone);
    if (stops == 0)
        stops = flag(way->touches, state->n_late);
    if (stops)
        return stops < 0 ? -1 : 0;
    return flag(way->calls, state->n_is_free);
}

/* Pace.passes(): the common case, and the others there; -1 with an error. */
static int
passes(const Call *call)
{
    State *state = call->state;
    PyObject *pace = call->way->pace;
    if (pace == Py_None)
        return 1;
    int is_full = flag(pace, state->n_is_full);
    if (is_full)
        return is_full < 0 ? -1 : 0;
    PyObject *left = get(pace, state->n_left), *less = NULL;
    if (left == NULL)
        return -1;
    int has_some = PyObject_IsTrue(left);  /* it is never less than nothing */
    if (has_some > 0) {
        less = PyNumber_Subtract(left, state->one);
        if (less == NULL || PyObject_SetAttr(pace, state->n_left, less) < 0)
            has_some = -1;
        Py_XDECREF(less);
    }
    else if (has_some == 0) {
        less = PyObject_CallMethodNoArgs(pace, state->n_passes);
        has_some = less == NULL ? -1 : less == Py_True;
        Py_XDECREF(less);
    }
    Py_DECREF(left);
    return has_some;
}

/* Give a Segment that begins now: Touches.segment(). */
static PyObject *
begun(const Call *call)
{
    State *state = call->state;
    Batch *batch = call->batch;
    ShortWay *way = call->way;
    PyObject *segment = batch->spare;
    batch->spare = NULL;
    if (segment == NULL) {
        PyObject *given[] = {way->touches, way->ledger};
        return PyObject_Vectorcall(state->segment, given, 2, NULL);
    }
    PyObject *batches = get(way->ledger, state->n_batches);
    if (batches == NULL)
        Py_CLEAR(segment);
    else if (batches != batch->batches) {
        if (PyObject_SetAttr(segment, state->n__begun, batches) < 0)
            Py_CLEAR(segment);
        Py_XSETREF(batch->batches, Py_NewRef(batches));
    }
    Py_XDECREF(batches);
    return segment;
}

/* End a Segment that nothing was touched in; keep it if nobody else has it. */
static int
end(Call *call)
{
    State *state = call->state;
    if (Py_REFCNT(call->segment) == 1 && call->batch->spare == NULL
        && call->batch->way == call->way) {
        call->batch->spare = call->segment;
        call->segment = NULL;
        return 0;
    }
    PyObject *given[] = {call->segment, Py_True};
    PyObject *done = PyObject_VectorcallMethod(state->n_end, given, 1, state->keywords);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Bring all to where others look for it: something else is about to run. */
static int
settle(Batch *batch)
{
    State *state = batch->state;
    ShortWay *way = batch->way;
    int failed = 0;
    if (batch->carried_out) {
        PyObject *more = PyLong_FromLongLong(batch->carried_out);
        PyObject *before = get(way->calls, state->n_carried_out), *after = NULL;
        if (more != NULL && before != NULL)
            after = PyNumber_Add(before, more);
        failed = after == NULL
                 || PyObject_SetAttr(way->calls, state->n_carried_out, after) < 0;
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

/* Take the innermost segment away; another one if author code has left it there. */
static int
leave(const Call *call)
{
    State *state = call->state;
    PyObject *running = call->way->running;
    int is_used = flag(call->segment, state->n_is_used);
    if (is_used == 0)
        is_used = flag(call->way->touches, state->n_late);
    if (is_used) {
        PyObject *done = is_used < 0 ? NULL
            : PyObject_CallMethodNoArgs(call->segment, state->n_leave);
        Py_XDECREF(done);
        return done == NULL ? -1 : 1;
    }
    Py_ssize_t last = PyList_GET_SIZE(running) - 1;
    return last < 0 ? 0 : PyList_SetSlice(running, last, last + 1, NULL);
}

static void
forget(PyObject *type, PyObject *error, PyObject *trace)
{
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(trace);
}

/* Touches.call(): the method's result in its segment, NULL with an error. `is_used`:
 * whether something was touched. */
static PyObject *
result_of(const Call *call, PyObject *method, PyObject **args, int size, int *is_used)
{
    State *state = call->state;
    PyObject *token = PyContextVar_Set(state->current, call->segment);
    if (token == NULL)
        return NULL;
    PyObject *result = NULL;
    if (PyList_Append(call->way->running, call->segment) == 0) {
        size_t flags = ((size_t)size + 1) | PY_VECTORCALL_ARGUMENTS_OFFSET;
        result = PyObject_VectorcallMethod(method, args, flags, NULL);
        PyObject *type, *error, *trace;
        PyErr_Fetch(&type, &error, &trace);
        *is_used = leave(call);
        if (*is_used < 0) {  /* as in Python, the newer error counts */
            forget(type, error, trace);
            Py_CLEAR(result);
        }
        else
            PyErr_Restore(type, error, trace);
    }
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    if (PyContextVar_Reset(state->current, token) < 0) {
        forget(type, error, trace);
        Py_CLEAR(result);
    }
    else
        PyErr_Restore(type, error, trace);
    Py_DECREF(token);
    return result;
}

/* Send an answer, with all else that the batch being read brings: WireBanana.send. */
static int
send(const Call *call, PyObject *content)
{
    State *state = call->state;
    PyObject *broker = call->batch->broker, *done;
    if (PyBytes_GET_SIZE(content) > LARGE)
        done = PyObject_CallMethodOneArg(broker, state->n_send, content);
    else {
        done = get(broker, state->n__unsent);
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

/* Give a Failure of the error that is set, or None of none; NULL for one to pass on. */
static PyObject *
failure_of(State *state)
{
    if (!PyErr_Occurred())
        return Py_NewRef(Py_None);
    if (!PyErr_ExceptionMatches(PyExc_Exception)
        && !PyErr_ExceptionMatches(PyExc_SystemExit))
        return NULL;
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
    PyObject *goes = name == NULL ? NULL : get(call->way->perspective, state->n_go_on);
    PyObject *went = NULL, *done = NULL;
    if (goes != NULL) {
        PyObject *given[] = {goes, broker, call->segment, name,
                             result == NULL ? Py_None : result, failure};
        went = PyObject_Vectorcall(state->partial, given, 6, NULL);
    }
    if (went != NULL) {
        PyObject *given[] = {broker, call->number, call->is_answered, went};
        done = PyObject_VectorcallMethod(state->n_tell, given, 4, NULL);
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
static int
try_call(Call *call, PyObject *args)
{
    call->avatar = get(call->way->record, call->state->n_subject);
    if (call->avatar == NULL)
        return -1;
    PyObject *route = route_of(call);
    int done = route == NULL && PyErr_Occurred() ? -1 : 0;
    if (route != NULL && (done = is_free(call)) > 0) {
        PyObject *read[MOST_SCALARS + 2];  /* a place for PyObject_Vectorcall, the avatar */
        int size = read_scalars(args, PyTuple_GET_ITEM(route, 1), call->way->max_string,
                                read + 2);
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
    PyObject *objects = get(batch->broker, state->n_localObjects);
    if (objects == NULL)
        return -1;
    PyObject *local = PyDict_CheckExact(objects)
        ? PyDict_GetItemWithError(objects, target) : NULL;
    Py_XINCREF(local);
    Py_DECREF(objects);
    PyObject *reached = local == NULL ? NULL : get(local, state->n_object), *way = NULL;
    Py_XDECREF(local);
    if (reached != NULL && (PyObject *)Py_TYPE(reached) == state->reached)
        way = get(reached, state->n_way);
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
        .number = PyList_GET_ITEM(message, 1),
        .name = PyList_GET_ITEM(message, 3),
        .is_answered = PyList_GET_ITEM(message, 4),
    };
    int done = try_call(&call, PyList_GET_ITEM(message, 5));
    Py_DECREF(call.way);
    return done;
}

/* Say whether the next message may be carried out in this turn: FairBroker.goes_on. */
static int
goes_on(const Batch *batch, PyObject *seconds)
{
    PyObject *now = PyObject_CallNoArgs(seconds);
    PyObject *until = now == NULL ? NULL : get(batch->broker, batch->state->n_until);
    int goes = until == NULL ? -1 : PyObject_RichCompareBool(now, until, Py_LT);
    Py_XDECREF(now);
    Py_XDECREF(until);
    return goes;
}

/* Carry out one message, one way or the other; -1 with an error. */
static int
carry_out_one(Batch *batch, PyObject *message)
{
    State *state = batch->state;
    int done = flag(batch->broker, state->n_is_usual);
    if (done > 0)
        done = carried_out(batch, message);
    if (done)
        return done;
    if (settle(batch) < 0)
        return -1;
    PyObject *received = PyObject_CallMethodOneArg(
        batch->broker, state->n_callExpressionReceived, message);
    Py_XDECREF(received);
    return received == NULL ? -1 : 1;
}

static int
carry_out_all(Batch *batch, PyObject *messages, PyObject *seconds)
{
    while (PyList_GET_SIZE(messages)) {
        int goes = goes_on(batch, seconds);
        Py_ssize_t last = PyList_GET_SIZE(messages) - 1;
        if (goes <= 0 || last < 0)
            return goes;
        PyObject *message = Py_NewRef(PyList_GET_ITEM(messages, last));
        int done = PyList_SetSlice(messages, last, last + 1, NULL);
        if (done == 0)
            done = carry_out_one(batch, message);
        Py_DECREF(message);
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
    PyObject *clock = get(batch.broker, batch.state->n_clock);
    PyObject *seconds = clock == NULL ? NULL : get(clock, batch.state->n_seconds);
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
