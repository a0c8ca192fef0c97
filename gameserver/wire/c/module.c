/* The module gameserver.wire._twin: its names, and what it takes from the Python files. */
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

/* Give an attribute of a module that is a number; -1 and an error if it is none. */
static long long
figure(const char *module, const char *name)
{
    PyObject *found = taken(module, name);
    if (found == NULL)
        return -1;
    long long value = PyLong_AsLongLong(found);
    Py_DECREF(found);
    if (value == -1 && PyErr_Occurred())
        return -1;
    if (value < 1 || value > 1 << 30) {
        PyErr_Format(PyExc_ImportError, "%s.%s = %lld", module, name, value);
        return -1;
    }
    return value;
}

/* Enter one word of the vocabulary under its number and under its length. */
static int
enter_word(State *state, PyObject *number, PyObject *word)
{
    long at = PyLong_AsLong(number);
    if (at == -1 && PyErr_Occurred())
        return -1;
    if (at < 1 || at >= WORDS_BELOW || !PyBytes_CheckExact(word)
        || PyBytes_GET_SIZE(word) > LONGEST_WORD) {
        PyErr_Format(PyExc_ImportError, "a word that the twin cannot hold: %R", word);
        return -1;
    }
    unsigned char *same = state->by_length[PyBytes_GET_SIZE(word)];
    int free = 0;
    while (free < WORDS_OF_A_LENGTH - 1 && same[free])
        free++;
    if (free == WORDS_OF_A_LENGTH - 1) {
        PyErr_SetString(PyExc_ImportError, "too many words of one length");
        return -1;
    }
    same[free] = (unsigned char)at;
    state->words[at] = Py_NewRef(word);
    return 0;
}

static int
take_words(State *state)
{
    PyObject *words = taken("gameserver.wire.vocabulary", "WORDS");
    if (words == NULL)
        return -1;
    PyObject *number, *word;
    Py_ssize_t at = 0;
    int failed = 0;
    while (!failed && PyDict_Next(words, &at, &number, &word))
        failed = enter_word(state, number, word);
    Py_DECREF(words);
    return failed;
}

static int
take_figures(State *state)
{
    state->stock_size = (Py_ssize_t)figure("gameserver.wire.limits", "STOCK_SIZE");
    state->prefix = figure("gameserver.wire.limits", "PREFIX");
    state->deepest = (Py_ssize_t)figure("gameserver.wire.plain", "DEEPEST");
    state->few_keys = (Py_ssize_t)figure("gameserver.wire.plain", "FEW_KEYS");
    return PyErr_Occurred() ? -1 : 0;
}

static int
take_names(State *state)
{
    struct { PyObject **place; const char *name; } wanted[] = {
        {&state->content, "content"}, {&state->from_bytes, "from_bytes"},
        {&state->to_bytes, "to_bytes"}, {&state->bit_length, "bit_length"},
        {&state->little, "little"},
    };
    for (size_t each = 0; each < Py_ARRAY_LENGTH(wanted); each++) {
        *wanted[each].place = PyUnicode_InternFromString(wanted[each].name);
        if (*wanted[each].place == NULL)
            return -1;
    }
    return 0;
}

static int
start(PyObject *module)
{
    State *state = state_of(module);
    struct { PyObject **place; const char *module, *name; } wanted[] = {
        {&state->refused, "gameserver.wire.decoder", "Refused"},
        {&state->unknown_token, "gameserver.wire.decoder", "UnknownToken"},
        {&state->unknown_word, "gameserver.wire.decoder", "UnknownWord"},
        {&state->not_plain, "gameserver.wire.encoder", "NotPlain"},
        {&state->written, "gameserver.wire.message", "Written"},
        {&state->pure_decode, "gameserver.wire.plain", "decode"},
    };
    for (size_t each = 0; each < Py_ARRAY_LENGTH(wanted); each++) {
        *wanted[each].place = taken(wanted[each].module, wanted[each].name);
        if (*wanted[each].place == NULL)
            return -1;
    }
    if (take_words(state) < 0 || take_figures(state) < 0)
        return -1;
    if (take_names(state) < 0)
        return -1;
    state->decoder = PyType_FromModuleAndSpec(module, &decoder_spec, NULL);
    if (state->decoder == NULL)
        return -1;
    if (PyModule_AddType(module, (PyTypeObject *)state->decoder) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "EDITION", EDITION);
}

static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = state_of(module);
    Py_VISIT(state->refused);
    Py_VISIT(state->unknown_token);
    Py_VISIT(state->unknown_word);
    Py_VISIT(state->not_plain);
    Py_VISIT(state->written);
    Py_VISIT(state->pure_decode);
    Py_VISIT(state->decoder);
    return 0;
}

static int
clear(PyObject *module)
{
    State *state = state_of(module);
    Py_CLEAR(state->refused);
    Py_CLEAR(state->unknown_token);
    Py_CLEAR(state->unknown_word);
    Py_CLEAR(state->not_plain);
    Py_CLEAR(state->written);
    Py_CLEAR(state->pure_decode);
    Py_CLEAR(state->decoder);
    Py_CLEAR(state->content);
    Py_CLEAR(state->from_bytes);
    Py_CLEAR(state->to_bytes);
    Py_CLEAR(state->bit_length);
    Py_CLEAR(state->little);
    for (int number = 0; number < WORDS_BELOW; number++)
        Py_CLEAR(state->words[number]);
    return 0;
}

static void
release(void *module)
{
    clear((PyObject *)module);
}

static PyMethodDef functions[] = {
    {"encode", twin_encode, METH_O,
     PyDoc_STR("Give the bytes that Twisted sends for a plain value.")},
    {"message", twin_message, METH_O,
     PyDoc_STR("Give the bytes of a message of integers, bytes and written values.")},
    {"answer", (PyCFunction)(void (*)(void))twin_answer, METH_FASTCALL,
     PyDoc_STR("Give the bytes of the answer to a call.")},
    {"decode", (PyCFunction)(void (*)(void))twin_decode, METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("Give the value that an expression stands for.")},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, start},
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "gameserver.wire._twin",
    .m_doc = PyDoc_STR("The compiled twin of gameserver.wire; codec.py chooses it."),
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
