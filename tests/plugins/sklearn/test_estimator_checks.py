"""Every check of scikit-learn for estimators, without an expected failure."""

import pytest
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import glassnet as gn


# scikit-learn itself skips one check of each: that of array libraries, which needs SCIPY_ARRAY_API=1.
@parametrize_with_checks([gn.Classifier(), gn.Regressor()])
def test_an_estimator_passes_each_check_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [gn.Classifier, gn.Regressor])
def test_check_estimator_finds_no_failure(estimator):
    results = check_estimator(estimator(), on_fail=None, on_skip=None)
    statuses = {result["check_name"]: result["status"] for result in results}
    assert {name for name, status in statuses.items() if status != "passed"} <= {"check_array_api_input"}
    assert len(statuses) > 40
