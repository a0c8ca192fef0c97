/* The module gameserver.server._twin: its names, and what it takes from Python files. */
#include "twin.h"

#ifndef EDITION
#error "EDITION is the digest of these files; the build gives it"
#endif

/* Give an attribute of a module; ImportError if it has none: it is another edition. */
static PyObject *
taken(const char *module, const char *name)
{
    PyObject *from = PyImport_ImportModule(module);
    if (from == NULL)
        return NULL;
    PyObject *found = PyObject_GetAttrString(from, name);
    Py_DECREF(from);
    if (found == NULL && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Format(PyExc_ImportError, "%s has no %s", module, name);
    return found;
}

static int
take_names(State *state)
{
#define TAKE(name) \
    state->n_##name.text = PyUnicode_InternFromString(#name); \
    if (state->n_##name.text == NULL) \
        return -1;
    NAMES(TAKE)
#undef TAKE
#define TAKE(name) \
    state->of_##name.text = PyUnicode_InternFromString(#name); \
    if (state->of_##name.text == NULL) \
        return -1;
    NAMES_OF_TRANSPORTS(TAKE)
#undef TAKE
    state->one = PyLong_FromLong(1);
    state->keywords = PyTuple_Pack(1, state->n_is_saved.text);
    return state->one == NULL || state->keywords == NULL ? -1 : 0;
}

static int
start(PyObject *module)
{
    /* First of all: what is imported below may import this module. */
    if (PyModule_AddStringConstant(module, "EDITION", EDITION) < 0)
        return -1;
    State *state = state_of(module);
    struct { PyObject **place; const char *module, *name; } wanted[] = {
        {&state->answer, "gameserver.wire.codec", "answer"},
        {&state->routes_of, "gameserver.model.routes", "routes_of"},
        {&state->failure, "twisted.python.failure", "Failure"},
        {&state->partial, "functools", "partial"},
        {&state->current, "gameserver.server.segments", "CURRENT"},
        {&state->segment, "gameserver.server.segments", "Segment"},
        {&state->reached, "gameserver.server.short_way", "Reached"},
        {&state->connection, "twisted.internet.tcp", "Connection"},
        {&state->socket, "socket", "socket"},
    };
    for (size_t each = 0; each < Py_ARRAY_LENGTH(wanted); each++) {
        *wanted[each].place = taken(wanted[each].module, wanted[each].name);
        if (*wanted[each].place == NULL)
            return -1;
    }
    if (take_names(state) < 0)
        return -1;
    state->short_way = PyType_FromModuleAndSpec(module, &short_way_spec, NULL);
    if (state->short_way == NULL)
        return -1;
    return PyModule_AddType(module, (PyTypeObject *)state->short_way);
}

static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = state_of(module);
#define VISIT(name) Py_VISIT(state->n_##name.type);
    NAMES(VISIT)
#undef VISIT
#define VISIT(name) Py_VISIT(state->of_##name.type);
    NAMES_OF_TRANSPORTS(VISIT)
#undef VISIT
    Py_VISIT(state->connection);
    Py_VISIT(state->socket);
    Py_VISIT(state->answer);
    Py_VISIT(state->routes_of);
    Py_VISIT(state->failure);
    Py_VISIT(state->partial);
    Py_VISIT(state->current);
    Py_VISIT(state->segment);
    Py_VISIT(state->reached);
    Py_VISIT(state->short_way);
    return 0;
}

static int
clear(PyObject *module)
{
    State *state = state_of(module);
#define CLEAR(name) \
    Py_CLEAR(state->n_##name.text); \
    Py_CLEAR(state->n_##name.type);
    NAMES(CLEAR)
#undef CLEAR
#define CLEAR(name) \
    Py_CLEAR(state->of_##name.text); \
    Py_CLEAR(state->of_##name.type);
    NAMES_OF_TRANSPORTS(CLEAR)
#undef CLEAR
    Py_CLEAR(state->connection);
    Py_CLEAR(state->socket);
    Py_CLEAR(state->one);
    Py_CLEAR(state->keywords);
    Py_CLEAR(state->answer);
    Py_CLEAR(state->routes_of);
    Py_CLEAR(state->failure);
    Py_CLEAR(state->partial);
    Py_CLEAR(state->current);
    Py_CLEAR(state->segment);
    Py_CLEAR(state->reached);
    Py_CLEAR(state->short_way);
    return 0;
}

static void
release(void *module)
{
    clear((PyObject *)module);
}

static PyMethodDef functions[] = {
    {"carry_out", (PyCFunction)(void (*)(void))twin_carry_out, METH_FASTCALL,
     PyDoc_STR("Carry out messages, while the turn lasts.")},
    {"send_all", (PyCFunction)(void (*)(void))twin_send_all, METH_FASTCALL,
     PyDoc_STR("Send an event to those who can be given it here; give the others.")},
    {"write", (PyCFunction)(void (*)(void))twin_write, METH_FASTCALL,
     PyDoc_STR("Write, after whatever was written before.")},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, start},
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "gameserver.server._twin",
    .m_doc = PyDoc_STR("The compiled twin of gameserver.server; quick.py chooses it."),
    .m_size = sizeof(State),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = release,
};

PyMODINIT_FUNC
PyInit__twin(void)
{
    return PyModuleDef_Init(&definition);
}
