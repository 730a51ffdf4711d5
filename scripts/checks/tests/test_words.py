"""The word list finds the phrases of the style guide, and nothing else."""

import unittest

from checks.words import read_words

WORDS = read_words()


def found(text):
    return [phrase for _, phrase, _ in WORDS.faults(text)]


class TheWordList(unittest.TestCase):
    def test_phrases_of_the_style_guide_are_found(self):
        for phrase in (
            "whoever asks",  # words: allow
            "nobody knows",  # words: allow
            "the header tells of a map",  # words: allow
            "the client is told",  # words: allow
            "the image cannot be had",  # words: allow
            "the map was had back",  # words: allow
            "written anew",  # words: allow
            "asked once more",  # words: allow
            "kept for ever",  # words: allow
            "one beside the other",  # words: allow
            "so many tiles",  # words: allow
            "which stands in the manifest",  # words: allow
            "this is no JSON object",  # words: allow
            "an answer of trouble",  # words: allow
            "there is nothing at this address",  # words: allow
            "look whether it works",  # words: allow
        ):
            self.assertTrue(found(phrase), phrase)

    def test_names_of_functions_are_read_as_words(self):
        self.assertEqual(found("fn tiles_are_written_anew() {"), ["anew"])  # words: allow

    def test_plain_english_is_accepted(self):
        for sentence in (
            "there is no manifest in the store",
            "the two cases are told apart",
            "this is no longer true, and no slower than before",
            "it stands for the pager",
            "a forever loop besides the others",
            "as well as the others; the port is well known",
            "USER nobody:nobody",
        ):
            self.assertEqual(found(sentence), [], sentence)

    def test_a_marked_line_is_not_checked(self):
        self.assertEqual(found("anew # words: allow"), [])


if __name__ == "__main__":
    unittest.main()
