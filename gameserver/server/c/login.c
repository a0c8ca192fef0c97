/* The type ShortWay: what the common calls of one login need. */
#include "twin.h"

static int
set_max_string(ShortWay *self, State *state)
{
    PyObject *limits = PyObject_GetAttr(self->calls, state->n_limits);
    PyObject *most = limits == NULL ? NULL : PyObject_GetAttr(limits, state->n_max_string);
    Py_XDECREF(limits);
    if (most == NULL)
        return -1;
    self->max_string = PyNumber_AsSsize_t(most, NULL);
    Py_DECREF(most);
    return self->max_string == -1 && PyErr_Occurred() ? -1 : 0;
}

static int
init(ShortWay *self, PyObject *args, PyObject *named)
{
    static char *names[] = {"perspective", "client", "record", "calls", "touches", NULL};
    PyObject *perspective, *client, *record, *calls, *touches;
    if (!PyArg_ParseTupleAndKeywords(args, named, "OOOOO:ShortWay", names, &perspective,
                                     &client, &record, &calls, &touches))
        return -1;
    if (self->perspective != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "a ShortWay is made once");
        return -1;
    }
    State *state = PyType_GetModuleState(Py_TYPE(self));
    self->perspective = Py_NewRef(perspective);
    self->client = Py_NewRef(client);
    self->record = Py_NewRef(record);
    self->calls = Py_NewRef(calls);
    self->touches = Py_NewRef(touches);
    self->pace = PyObject_GetAttr(client, state->n_pace);
    self->ledger = PyObject_GetAttr(touches, state->n_ledger);
    self->running = PyObject_GetAttr(touches, state->n_running);
    if (self->pace == NULL || self->ledger == NULL || self->running == NULL)
        return -1;
    if (!PyList_CheckExact(self->running)) {
        PyErr_SetString(PyExc_TypeError, "what runs is a list");
        return -1;
    }
    return set_max_string(self, state);
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
