/* The type Decoder: the twin of decoder.py. walk.c and tokens.c read the bytes. */
#include "decoder.h"
#include <structmember.h>

#define KEPT_LISTS 32  /* open lists whose room is kept for the next message */

/* Forget the message that was begun, and its bytes. */
static void
forget(Decoder *self)
{
    if (self->open) {
        self->open = 0;
        Py_DECREF(self->lists[0].list);  /* it holds all others */
    }
    self->total = self->size = 0;
    self->place = 0;
    Py_CLEAR(self->bytes);
}

/* Put what came after what was left. */
static int
join(Decoder *self)
{
    Py_ssize_t rest = self->bytes ? PyBytes_GET_SIZE(self->bytes) - self->place : 0;
    if (rest == 0 && self->more == NULL)
        Py_XSETREF(self->bytes, self->first);
    else {
        PyObject *joined = PyBytes_FromStringAndSize(NULL, rest + self->held);
        if (joined == NULL)
            return -1;
        char *to = PyBytes_AS_STRING(joined);
        if (rest)
            memcpy(to, PyBytes_AS_STRING(self->bytes) + self->place, (size_t)rest);
        to += rest;
        Py_ssize_t count = 1 + (self->more ? PyList_GET_SIZE(self->more) : 0);
        for (Py_ssize_t each = 0; each < count; each++) {
            PyObject *from = each ? PyList_GET_ITEM(self->more, each - 1) : self->first;
            memcpy(to, PyBytes_AS_STRING(from), (size_t)PyBytes_GET_SIZE(from));
            to += PyBytes_GET_SIZE(from);
        }
        Py_XSETREF(self->bytes, joined);
        Py_DECREF(self->first);
    }
    self->first = NULL;
    Py_CLEAR(self->more);
    self->held = self->place = self->wanted = 0;
    return 0;
}

/* Walk over the bytes that are there, and keep what is left of them. */
static int
walk_all(Decoder *self, PyObject *found, Py_ssize_t most)
{
    PyObject *bytes = self->bytes;
    Walk walk = {
        .self = self,
        .state = PyType_GetModuleState(Py_TYPE(self)),
        .limits = self->limits,
        .has_words = self->has_words,
        .data = bytes ? (const unsigned char *)PyBytes_AS_STRING(bytes) : NULL,
        .place = self->place,
        .end = bytes ? PyBytes_GET_SIZE(bytes) : 0,
        .start = self->place - self->size,
    };
    self->is_walking = 1;  /* so the bytes and lists stay, whatever else runs */
    int failed = walk_on(&walk, found, most);
    self->is_walking = 0;
    if (failed)
        return -1;
    if (walk.until) {
        self->wanted = walk.until - walk.end;
        walk.place = walk.at;
    }
    self->place = walk.place;
    self->size = walk.place - walk.start;
    if (self->place == walk.end) {
        self->place = 0;
        Py_CLEAR(self->bytes);
    }
    if (self->open == 0 && self->room > KEPT_LISTS) {
        PyMem_Free(self->lists);
        self->lists = NULL;
        self->room = 0;
    }
    return 0;
}

static PyObject *
raise_fault(Decoder *self)
{
    if (PyExceptionInstance_Check(self->fault))
        PyErr_SetObject((PyObject *)Py_TYPE(self->fault), self->fault);
    else
        PyErr_SetNone(self->fault);
    return NULL;
}

static PyObject *
take_most(Decoder *self, Py_ssize_t most)
{
    if (self->fault != NULL)
        return raise_fault(self);
    if (self->is_walking) {
        PyErr_SetString(PyExc_RuntimeError, "take() within take()");
        return NULL;
    }
    PyObject *found = PyList_New(0);
    if (found == NULL || self->held < self->wanted)
        return found;
    if ((self->first && join(self) < 0) || walk_all(self, found, most) < 0) {
        int is_refused = self->fault != NULL;
        if (!is_refused)  /* no memory; the walk cannot be taken up again */
            self->fault = Py_NewRef(PyErr_Occurred());
        forget(self);
        if (!is_refused || PyList_GET_SIZE(found) == 0) {
            Py_DECREF(found);
            return is_refused ? raise_fault(self) : NULL;
        }
    }
    return found;
}

static PyObject *
take(Decoder *self, PyObject *const *given, Py_ssize_t count, PyObject *names)
{
    Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
    if (count + named == 0)
        return take_most(self, PY_SSIZE_T_MAX);
    if (count + named > 1
        || (named && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "most"))) {
        PyErr_SetString(PyExc_TypeError, "take() takes one argument, 'most'");
        return NULL;
    }
    Py_ssize_t most = PyNumber_AsSsize_t(given[0], NULL);
    if (most == -1 && PyErr_Occurred())
        return NULL;
    return take_most(self, most);
}

static PyObject *
feed(Decoder *self, PyObject *chunk)
{
    PyObject *bytes = PyBytes_CheckExact(chunk) ? Py_NewRef(chunk)
                                                : PyBytes_FromObject(chunk);
    if (bytes == NULL)
        return NULL;
    int failed = 0;
    if (self->first == NULL)
        self->first = Py_NewRef(bytes);
    else if (self->more == NULL && (self->more = PyList_New(0)) == NULL)
        failed = 1;
    else
        failed = PyList_Append(self->more, bytes);
    if (!failed)
        self->held += PyBytes_GET_SIZE(bytes);
    Py_DECREF(bytes);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

static int
set_limits(Decoder *self, PyObject *limits, void *unused)
{
    Figures found;
    struct { const char *name; long long *place; } wanted[] = {
        {"size", &found.size}, {"items", &found.items}, {"depth", &found.depth},
        {"string", &found.string}, {"prefix", &found.prefix},
    };
    (void)unused;
    if (limits == NULL) {
        PyErr_SetString(PyExc_AttributeError, "limits cannot be taken away");
        return -1;
    }
    for (size_t each = 0; each < Py_ARRAY_LENGTH(wanted); each++) {
        PyObject *name = PyUnicode_InternFromString(wanted[each].name);
        PyObject *value = name ? PyObject_GetAttr(limits, name) : NULL;
        Py_XDECREF(name);
        if (value == NULL)
            return -1;
        long long number = PyLong_AsLongLong(value);
        Py_DECREF(value);
        if (number == -1 && PyErr_Occurred())
            return -1;
        if (number < 1 || number > 1LL << 62) {
            PyErr_Format(PyExc_ValueError, "%s = %lld", wanted[each].name, number);
            return -1;
        }
        *wanted[each].place = number;
    }
    self->limits = found;
    Py_XSETREF(self->limits_given, Py_NewRef(limits));
    return 0;
}

static PyObject *
get_limits(Decoder *self, void *unused)
{
    (void)unused;
    return Py_NewRef(self->limits_given ? self->limits_given : Py_None);
}

static PyObject *
get_bytes(Decoder *self, void *unused)
{
    (void)unused;
    if (self->bytes == NULL)
        return PyBytes_FromStringAndSize(NULL, 0);
    return Py_NewRef(self->bytes);
}

static int
init(Decoder *self, PyObject *args, PyObject *named)
{
    static char *names[] = {"limits", "has_words", NULL};
    PyObject *limits;
    int has_words = 0;
    if (!PyArg_ParseTupleAndKeywords(args, named, "O|$p:Decoder", names, &limits,
                                     &has_words))
        return -1;
    if (self->limits_given != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "a Decoder is made once");
        return -1;
    }
    self->has_words = (char)has_words;
    return set_limits(self, limits, NULL);
}

/* The lists being filled hold nothing that could lead back here: no cycle is missed. */
static int
traverse(Decoder *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->limits_given);
    Py_VISIT(self->fault);
    return 0;
}

static int
clear(Decoder *self)
{
    Py_CLEAR(self->limits_given);
    Py_CLEAR(self->fault);
    return 0;
}

static void
dealloc(Decoder *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    forget(self);
    PyMem_Free(self->lists);
    Py_CLEAR(self->first);
    Py_CLEAR(self->more);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"feed", (PyCFunction)(void (*)(void))feed, METH_O,
     PyDoc_STR("Take what came; take() reads it.")},
    {"take", (PyCFunction)(void (*)(void))take, METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("Give the next whole messages, at most so many.")},
    {NULL, NULL, 0, NULL},
};

static PyObject *
has_rest(Decoder *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(self->bytes != NULL || self->first != NULL
                           || self->fault != NULL);
}

static PyGetSetDef getters[] = {
    {"has_rest", (getter)has_rest, NULL,
     PyDoc_STR("Whether there are bytes that no message took yet, or a fault."), NULL},
    {"limits", (getter)get_limits, (setter)set_limits, NULL, NULL},
    {"_bytes", (getter)get_bytes, NULL, PyDoc_STR("What is joined, for tests."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef members[] = {
    {"has_words", T_BOOL, offsetof(Decoder, has_words), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "The reading side of one connection."},
    {Py_tp_init, init},
    {Py_tp_traverse, traverse},
    {Py_tp_clear, clear},
    {Py_tp_dealloc, dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, getters},
    {Py_tp_members, members},
    {0, NULL},
};

PyType_Spec decoder_spec = {
    .name = "gameserver.wire._twin.Decoder",
    .basicsize = sizeof(Decoder),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
