"""What colleagues see of each other's places."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class RankingRule(models.Model):
    """The company's one rule; until it is set, an agent sees the own place only."""

    class Shows(models.TextChoices):
        EVERYONE = "everyone", _("Everyone's place")
        TOP = "top", _("The first places only")
        OWN = "own", _("The own place only")
        TEAMS = "teams", _("Team averages only")

    shows = models.CharField(_("Agents see"), max_length=8, choices=Shows, default=Shows.OWN)
    top = models.PositiveSmallIntegerField(_("how many first places"), default=3, validators=[MinValueValidator(1), MaxValueValidator(50)])
    opt_out = models.BooleanField(_("Agents may hide their names from colleagues"), default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_ranking_rule"),
            models.CheckConstraint(condition=models.Q(top__gte=1), name="at_least_one_first_place"),
        ]

    def __str__(self) -> str:
        return self.shows


class HiddenFromRanking(models.Model):
    """An agent whose name colleagues do not see."""

    agent_id = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.agent_id
