"""Of Sphinx, see https://www.sphinx-doc.org/en/master/usage/configuration.html."""

import dancelift

project = "dancelift"
author = "The dancelift authors"
copyright = author
release = version = dancelift.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "website.docstrings",
    "website.math_ml",
]
root_doc = "index"
language = "en"

myst_enable_extensions = ["attrs_inline", "deflist", "dollarmath"]
myst_heading_anchors = 3

default_role = "py:obj"  # docstrings name things in single backticks
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_type_aliases = {name: name for name in ("Array", "Indices", "Floats", "Flags", "ArrayLike")}
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
add_module_names = False
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "dancelift"
html_static_path = ["static"]
html_css_files = ["style.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"top_of_page_buttons": []}
copybutton_exclude = ".linenos, .gp, .go"
copybutton_prompt_text = "$ "
copybutton_copy_empty_lines = False

linkcheck_ignore = [r"https://github\.com/dancelift/.*"]  # before the repository is public
linkcheck_timeout = 20
linkcheck_retries = 2
