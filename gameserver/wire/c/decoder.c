/* Banana, read: the twin of decoder.py. */
#include "decoder.h"
#include <structmember.h>

#define FEW_ENTRIES 8    /* lists up to here get their room before the entries come */
#define KEPT_LISTS 32    /* open lists whose room is kept for the next message */

/* Refuse the message: what take() raises, now or the next time. Takes the text over. */
Step
refuse(Walk *walk, PyObject *type, PyObject *text)
{
    if (text == NULL)
        return FAILED;
    walk->self->fault = PyObject_CallOneArg(type, text);
    Py_DECREF(text);
    return FAILED;
}

/* Open a list, unless it is more than the limits let through. */
static Step
open_list(Walk *walk, long long length)
{
    Decoder *self = walk->self;
    State *state = walk->state;
    const Figures *limits = &walk->limits;
    Py_ssize_t most = state->stock_size;
    if (length > most || length > limits->items - self->total) {
        long long shown = limits->items < most ? limits->items : most;
        return refuse(walk, state->refused,
                      PyUnicode_FromFormat("more than %lld entries", shown));
    }
    if (self->open >= limits->depth)
        return refuse(walk, state->refused,
                      PyUnicode_FromFormat("lists deeper than %lld", limits->depth));
    if (self->open == self->room) {
        Py_ssize_t room = self->room ? 2 * self->room : 8;
        Filling *lists = PyMem_Realloc(self->lists, (size_t)room * sizeof *lists);
        if (lists == NULL) {
            PyErr_NoMemory();
            return FAILED;
        }
        self->lists = lists;
        self->room = room;
    }
    PyObject *list = PyList_New(length <= FEW_ENTRIES ? (Py_ssize_t)length : 0);
    if (list == NULL)
        return FAILED;
    PyObject_GC_UnTrack(list);
    if (self->open && enter(self, list) < 0)
        return FAILED;
    self->total += length;
    self->lists[self->open++] = (Filling){list, (int)length, (int)length};
    return OPENED;
}

/* Put a value, which is taken over, into the list that is being filled. */
int
enter(Decoder *self, PyObject *value)
{
    Filling *top = &self->lists[self->open - 1];
    if (top->length <= FEW_ENTRIES)
        PyList_SET_ITEM(top->list, top->length - top->left, value);
    else {
        int failed = PyList_Append(top->list, value);
        Py_DECREF(value);
        if (failed)
            return -1;
    }
    top->left--;
    return 0;
}

/* Close the lists that are full. Gives the message if that is all of them, else NULL. */
static PyObject *
close_lists(Decoder *self)
{
    while (self->open && self->lists[self->open - 1].left == 0) {
        PyObject *list = self->lists[--self->open].list;
        PyObject_GC_Track(list);
        if (self->open == 0)
            return list;
    }
    return NULL;
}

/* Read a token; its value, if it has one, into *value. */
static inline Step
read_token(Walk *walk, PyObject **value)
{
    const unsigned char *data = walk->data;
    Py_ssize_t place = walk->at = walk->place;
    Number number = {data[place], NULL};
    int kind;
    if (number.value < KINDS && place + 1 < walk->end && data[place + 1] >= KINDS) {
        kind = data[place + 1];
        walk->place = place + 2;
    }
    else {
        Step step = read_number(walk, &number, &kind);
        if (step != READ)
            return step;
    }
    if (kind == LIST && number.value) {
        Step step = open_list(walk, number.value);
        Py_XDECREF(number.large);
        return step;
    }
    Step step = read_value(walk, &number, kind, value);
    Py_XDECREF(number.large);
    return step;
}

static int
check_size(Walk *walk, Py_ssize_t until)
{
    long long most = walk->limits.size;
    if (until - walk->start <= most)
        return 0;
    refuse(walk, walk->state->refused,
           PyUnicode_FromFormat("a message of more than %lld bytes", most));
    return -1;
}

/* Read tokens until the bytes end, or enough messages are found. */
static int
walk_on(Walk *walk, PyObject *found, Py_ssize_t most)
{
    Decoder *self = walk->self;
    while (walk->place < walk->end && PyList_GET_SIZE(found) < most) {
        PyObject *value = NULL;
        Step step = read_token(walk, &value);
        if (step == FAILED)
            return -1;
        if (step == WAITS)
            return check_size(walk, walk->until);
        if (step == READ && self->open) {
            if (enter(self, value) < 0)
                return -1;
            value = close_lists(self);
        }
        if (value == NULL)
            continue;
        int failed = check_size(walk, walk->place) || PyList_Append(found, value);
        Py_DECREF(value);
        if (failed)
            return -1;
        self->total = 0;
        walk->start = walk->place;
    }
    return check_size(walk, walk->place);
}

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

static PyGetSetDef getters[] = {
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
