"""The conformance kit under the name that plugin authors import; `glassnet_testing` is the plugin."""

from glassnet_testing import *  # noqa: F403
from glassnet_testing import __all__ as __all__
