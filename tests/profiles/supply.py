"""A smart manufacturer that would like to buy five kinds of parts in the park, and the five who make them."""

from dataclasses import dataclass

from park.accounts import services as accounts
from park.accounts.enums import Role
from park.accounts.models import Enterprise, User
from profiles.enums import Direction
from profiles.models import Contact, Introduction, SupplyItem
from profiles.services import supply
from tests.cast import NOW, PASSWORD, Cast

# Sign-in, person, name, industry, what it makes, what the manufacturer asks for, saving in percent.
SUPPLIERS = [
    ("feng", "冯启明", "上海启轴精密机械有限公司", "3451", "高速滚动轴承与直线导轨", "数控机床用滚动轴承", "18"),
    ("jiang", "蒋若水", "上海若水液压技术有限公司", "3444", "液压阀与液压缸", "注塑单元的液压缸", "12"),
    ("shao", "邵一宁", "上海宁芯电子有限公司", "3983", "工业传感器与敏感元件", "机器人用力矩传感器", "15"),
    ("tao", "陶山", "崇明山岩铸造有限公司", "3391", "球墨铸铁件与铝合金铸件", "机床底座铸铁件", "10"),
    ("yan", "严可", "上海可塑橡塑制品有限公司", "2929", "工程塑料齿轮、密封圈", "减速器密封圈", "20"),
]


@dataclass
class Market:
    """`wants` and `offers` fit each other by their place."""

    manufacturer: Enterprise
    buyer: User
    wants: list[SupplyItem]
    offers: list[SupplyItem]
    makers: list[User]


def make_enterprise(cast: Cast, person: User, name: str) -> Enterprise:
    made, _founder = accounts.sign_up_enterprise(user=person, name_zh=name, uscc=None, now=NOW)
    accounts.decide_enterprise(enterprise=made, approve=True, by=cast.shen, now=NOW)
    return made


def make_person(username: str, name: str) -> User:
    return User.objects.create_user(
        username, f"{username}@example.invalid", PASSWORD, name=name, role=Role.ENTERPRISE, phone="13900000000"
    )


def make(enterprise: Enterprise, by: User, code: str, text: str, **more: bool) -> SupplyItem:
    return supply.add_item(
        enterprise=enterprise, direction=Direction.MAKES, industry_code=code, text=text, by=by, now=NOW, **more
    )


def buy(enterprise: Enterprise, by: User, code: str, text: str, *, local: bool = True, **more: bool) -> SupplyItem:
    return supply.add_item(
        enterprise=enterprise,
        direction=Direction.BUYS,
        industry_code=code,
        text=text,
        wants_local=local,
        by=by,
        now=NOW,
        **more,
    )


def open_market(cast: Cast) -> Market:
    buyer = make_person("gu", "顾长禾")
    manufacturer = make_enterprise(cast, buyer, "上海瀛洲智造科技有限公司")
    Contact.objects.create(
        enterprise=manufacturer, name="顾长禾", position="采购总监", phone="13800004126", is_first=True
    )
    market = Market(manufacturer, buyer, [], [], [])
    for username, name, company, code, makes, wants, _saving in SUPPLIERS:
        person = make_person(username, name)
        maker = make_enterprise(cast, person, company)
        Contact.objects.create(enterprise=maker, name=name, phone="13900000001", is_first=True)
        market.makers.append(person)
        market.offers.append(make(maker, person, code, makes))
        market.wants.append(buy(manufacturer, buyer, code[:3], wants))
    return market


def introduce(cast: Cast, market: Market, place: int = 0) -> Introduction:
    return supply.propose_introduction(want=market.wants[place], offer=market.offers[place], by=cast.wang.user, now=NOW)


def bring_together(cast: Cast, market: Market, place: int = 0) -> Introduction:
    """Both have agreed."""
    introduction = introduce(cast, market, place)
    supply.agree(introduction, side=Direction.BUYS, by=market.buyer, now=NOW)
    return supply.agree(introduction, side=Direction.MAKES, by=market.makers[place], now=NOW)
