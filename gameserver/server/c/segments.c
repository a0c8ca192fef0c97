/* What a call runs in: segments.py and touches.py, for a call that touches nothing. */
#include "short_way.h"

/* Give a Segment that begins now: Touches.segment(). */
PyObject *
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
    PyObject *batches = get(way->ledger, &state->n_batches);
    if (batches == NULL)
        Py_CLEAR(segment);
    else if (batches != batch->batches) {
        if (set(segment, &state->n__begun, batches) < 0)
            Py_CLEAR(segment);
        Py_XSETREF(batch->batches, Py_NewRef(batches));
    }
    Py_XDECREF(batches);
    return segment;
}

/* End a Segment that nothing was touched in; keep it if nobody else has it. */
int
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
    PyObject *done = PyObject_VectorcallMethod(state->n_end.text, given, 1, state->keywords);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Take the innermost segment away; another one if author code has left it there. */
static int
leave(const Call *call)
{
    State *state = call->state;
    PyObject *running = call->way->running;
    int is_used = flag(call->segment, &state->n_is_used);
    if (is_used == 0)
        is_used = flag(call->way->touches, &state->n_late);
    if (is_used) {
        PyObject *done = is_used < 0 ? NULL
            : PyObject_CallMethodNoArgs(call->segment, state->n_leave.text);
        Py_XDECREF(done);
        return done == NULL ? -1 : 1;
    }
    Py_ssize_t last = PyList_GET_SIZE(running) - 1;
    if (last >= 0)
        Py_DECREF(take_last(running, last));
    return 0;
}

/* Touches.call(): the method's result in its segment, NULL with an error. `is_used`:
 * whether something was touched. */
PyObject *
result_of(const Call *call, PyObject *method, PyObject **args, int size, int *is_used)
{
    State *state = call->state;
    PyObject *token = PyContextVar_Set(state->current, call->segment);
    if (token == NULL)
        return NULL;
    PyObject *result = NULL, *type, *error, *trace;
    int is_running = PyList_Append(call->way->running, call->segment) == 0;
    if (is_running) {
        size_t flags = ((size_t)size + 1) | PY_VECTORCALL_ARGUMENTS_OFFSET;
        result = PyObject_VectorcallMethod(method, args, flags, NULL);
    }
    PyErr_Fetch(&type, &error, &trace);
    int failed = PyContextVar_Reset(state->current, token) < 0;
    if (!failed && is_running) {  /* outside: it may look at what authors' classes do */
        *is_used = leave(call);
        failed = *is_used < 0;
    }
    if (failed) {  /* as in Python, the newer error counts */
        forget(type, error, trace);
        Py_CLEAR(result);
    }
    else
        PyErr_Restore(type, error, trace);
    Py_DECREF(token);
    return result;
}
