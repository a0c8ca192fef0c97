/* The compiled twin of gameserver/wire: what its files share.
 *
 * decoder.c, walk.c and tokens.c are decoder.py; encoder.c and writer.c are encoder.py
 * and message.py; reader.c is plain.py.
 * The Python files are the reference: each says what its twin does and why. Here are
 * only the traps of C.
 *
 * Three rules hold in all of them.
 * - An allocation may collect garbage, and so run any Python code at all. Whatever is
 *   used after one is owned, and a length is looked at again.
 * - A list or tuple that is not full yet is not tracked: no Python code can come upon
 *   its empty places.
 * - Nothing recurses deeper than the hundred containers that encoder.py and plain.py
 *   allow. The decoder does not recurse.
 */
#ifndef TWIN_H
#define TWIN_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Kinds of tokens; a byte below the first is a part of a number. */
enum { LIST = 0x80, INT, STRING, NEG, FLOAT, LONGINT, LONGNEG, VOCAB };
#define KINDS LIST

#define WORDS_BELOW 128    /* numbers of words have one byte */
#define LONGEST_WORD 15    /* bytes */
#define WORDS_OF_A_LENGTH 16

/* What the module keeps; the names and figures are those of the Python files. */
typedef struct {
    PyObject *refused, *unknown_token, *unknown_word, *not_plain;
    PyObject *written;      /* the class message.Written */
    PyObject *pure_decode;  /* plain.decode */
    PyObject *decoder;      /* the type of this module */
    /* Names that are looked up; a new string each time would fill Python's cache. */
    PyObject *content, *from_bytes, *to_bytes, *bit_length, *little;
    PyObject *words[WORDS_BELOW];  /* bytes by number; NULL where there is none */
    unsigned char by_length[LONGEST_WORD + 1][WORDS_OF_A_LENGTH];  /* ended by 0 */
    Py_ssize_t stock_size, deepest, few_keys;
    long long prefix;
} State;

extern PyType_Spec decoder_spec;

PyObject *twin_encode(PyObject *module, PyObject *value);
PyObject *twin_message(PyObject *module, PyObject *parts);
PyObject *twin_answer(PyObject *module, PyObject *const *given, Py_ssize_t count);
PyObject *twin_decode(PyObject *module, PyObject *const *given, Py_ssize_t count,
                      PyObject *names);

static inline State *
state_of(PyObject *module)
{
    return (State *)PyModule_GetState(module);
}

#endif
