from glassnet_testing import *  # noqa: F403
