/* The module gameserver.reload._twin: its names, and what it takes from Python files. */
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

/* Take the types whose objects may hold others. */
static int
take_nesting(State *state)
{
    PyObject *found = taken("gameserver.reload.giving", "NESTING");
    PyObject *each = found == NULL ? NULL : PyObject_GetIter(found);
    Py_XDECREF(found);
    if (each == NULL)
        return -1;
    PyObject *kind;
    while ((kind = PyIter_Next(each)) != NULL) {
        if (!PyType_Check(kind) || state->kinds == MOST_KINDS) {
            PyErr_Format(PyExc_ImportError, "a kind that has no place: %R", kind);
            Py_DECREF(kind);
            break;
        }
        state->nesting[state->kinds++] = (PyTypeObject *)kind;
    }
    Py_DECREF(each);
    return PyErr_Occurred() ? -1 : 0;
}

static int
start(PyObject *module)
{
    /* First of all: what is imported below may import this module. */
    if (PyModule_AddStringConstant(module, "EDITION", EDITION) < 0)
        return -1;
    State *state = state_of(module);
    struct { PyObject **place; const char *name; } wanted[] = {
        {&state->lend_each, "lend_each"},
        {&state->give_back_nested, "give_back_nested"},
        {&state->give_back_changed, "give_back_changed"},
    };
    for (size_t each = 0; each < Py_ARRAY_LENGTH(wanted); each++) {
        *wanted[each].place = taken("gameserver.reload.lending", wanted[each].name);
        if (*wanted[each].place == NULL)
            return -1;
    }
    return take_nesting(state);
}

static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = state_of(module);
    for (Py_ssize_t each = 0; each < state->kinds; each++)
        Py_VISIT(state->nesting[each]);
    Py_VISIT(state->lend_each);
    Py_VISIT(state->give_back_nested);
    Py_VISIT(state->give_back_changed);
    return 0;
}

static int
clear(PyObject *module)
{
    State *state = state_of(module);
    while (state->kinds > 0)
        Py_DECREF(state->nesting[--state->kinds]);  /* Py_CLEAR may count down twice */
    Py_CLEAR(state->lend_each);
    Py_CLEAR(state->give_back_nested);
    Py_CLEAR(state->give_back_changed);
    return 0;
}

static void
release(void *module)
{
    clear((PyObject *)module);
}

#define TWO(name) (PyCFunction)(void (*)(void))name, METH_FASTCALL

static PyMethodDef functions[] = {
    {"lend", twin_lend, METH_O,
     PyDoc_STR("Copy some fields and the containers in them.")},
    {"give_back", TWO(twin_give_back),
     PyDoc_STR("Give fields with the originals in place of unchanged copies.")},
    {"refill", TWO(twin_refill),
     PyDoc_STR("Give an instance's dict other content; no thread sees it empty.")},
    {"has_names", twin_has_names, METH_O,
     PyDoc_STR("Say whether all keys of some fields are strings.")},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, start},
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "gameserver.reload._twin",
    .m_doc = PyDoc_STR("The compiled twin of gameserver.reload; quick.py chooses it."),
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
