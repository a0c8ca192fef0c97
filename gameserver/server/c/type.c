/* The type ShortWay: what the common calls of one login need. */
#include "twin.h"

/* Read one of the limits; -1 with an error. */
static int
set_limit(PyObject *limits, PyObject *name, Py_ssize_t *limit)
{
    PyObject *most = PyObject_GetAttr(limits, name);
    if (most == NULL)
        return -1;
    *limit = PyNumber_AsSsize_t(most, NULL);
    Py_DECREF(most);
    return *limit == -1 && PyErr_Occurred() ? -1 : 0;
}

static int
set_limits(ShortWay *self, State *state)
{
    PyObject *limits = PyObject_GetAttr(self->calls, state->n_limits.text);
    if (limits == NULL)
        return -1;
    int failed = set_limit(limits, state->n_max_string.text, &self->max_string) < 0
                 || set_limit(limits, state->n_max_items.text, &self->max_items) < 0;
    Py_DECREF(limits);
    return failed ? -1 : 0;
}

static int
init(ShortWay *self, PyObject *args, PyObject *named)
{
    static char *names[] = {"perspective", "client", "record", "calls", "touches", NULL};
    PyObject *perspective, *client, *record, *calls, *touches;
    if (!PyArg_ParseTupleAndKeywords(args, named, "OOOOO:ShortWay", names, &perspective,
                                     &client, &record, &calls, &touches))
        return -1;
    if (self->client != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "a ShortWay is made once");
        return -1;
    }
    State *state = PyType_GetModuleState(Py_TYPE(self));
    self->client = Py_NewRef(client);
    self->record = Py_NewRef(record);
    self->calls = Py_NewRef(calls);
    self->touches = Py_NewRef(touches);
    self->pace = PyObject_GetAttr(client, state->n_pace.text);
    self->ledger = PyObject_GetAttr(touches, state->n_ledger.text);
    self->running = PyObject_GetAttr(touches, state->n_running.text);
    if (self->pace == NULL || self->ledger == NULL || self->running == NULL)
        return -1;
    if (!PyList_CheckExact(self->running)) {
        PyErr_SetString(PyExc_TypeError, "what runs is a list");
        return -1;
    }
    if (set_limits(self, state) < 0)
        return -1;
    self->perspective = Py_NewRef(perspective);  /* at last: it is whole */
    return 0;
}

static int
traverse(ShortWay *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->perspective);
    Py_VISIT(self->client);
    Py_VISIT(self->pace);
    Py_VISIT(self->record);
    Py_VISIT(self->calls);
    Py_VISIT(self->touches);
    Py_VISIT(self->running);
    Py_VISIT(self->ledger);
    return 0;
}

/* The perspective first: without it nothing else is looked at. */
static int
clear(ShortWay *self)
{
    Py_CLEAR(self->perspective);
    Py_CLEAR(self->client);
    Py_CLEAR(self->pace);
    Py_CLEAR(self->record);
    Py_CLEAR(self->calls);
    Py_CLEAR(self->touches);
    Py_CLEAR(self->running);
    Py_CLEAR(self->ledger);
    return 0;
}

static void
dealloc(ShortWay *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyType_Slot slots[] = {
    {Py_tp_doc, "What the common calls of one login need."},
    {Py_tp_init, init},
    {Py_tp_traverse, traverse},
    {Py_tp_clear, clear},
    {Py_tp_dealloc, dealloc},
    {0, NULL},
};

PyType_Spec short_way_spec = {
    .name = "gameserver.server._twin.ShortWay",
    .basicsize = sizeof(ShortWay),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
